/*
 * Images from registries: the OCI distribution API over libcurl, with auth
 * files, mirrors and a cache of blobs.  What it gives is a layout like one on
 * disk (src/oci/layout.h): everything above is the same for both.
 */
#ifndef VC_REGISTRY_H
#define VC_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/strv.h"

/* What vc_error.status is on failure. */
enum {
	REGISTRY_EXIT_SOURCE = 3, /* the image or the registry: also not found,
				   * not allowed, not reached */
	REGISTRY_EXIT_VERIFY = 4, /* not what its digest or size says; a name
				   * without the digest that was required */
};

struct registry_options { /* strings borrowed */
	const char *authfile;  /* NULL: $REGISTRY_AUTH_FILE, then the usual
				* files of podman and docker */
	const char *creds;     /* "user:password", or NULL */
	const char *ca;        /* PEM file beside the system's, or NULL */
	const struct strv *mirrors; /* asked first, in order; may be NULL: HOST,
				     * HOST:PORT or with http:// before it */
	const struct strv *insecure_registries; /* as --insecure for these hosts; may be NULL */
	bool plain_http;       /* http instead of https */
	bool insecure;         /* certificates are not checked */
	bool offline;          /* only what the cache has */
	bool require_digest;   /* a name without one is refused */
	unsigned jobs;         /* layers at once; 0: 4 */
	unsigned retries;      /* of a transient fault; (unsigned)-1: 4 */
	const char *cache_dir; /* NULL: $XDG_CACHE_HOME/vcontainer/blobs */
	uint64_t cache_max;    /* bytes; 0: 20 GiB */
	unsigned stall_seconds; /* a server silent for that long; 0: 30 */
};

struct layout;
struct registry_image;

/*
 * Fetches the image `name` ("busybox", "host:5000/a/b:tag@sha256:...") for
 * the architecture into the cache: the manifests on the way to it, its
 * config, its layers, every one checked in size and digest.  The cache's
 * entries of *ret cannot be collected while it is open.
 */
int registry_fetch(const char *name, const char *arch,
		   const struct registry_options *o,
		   struct registry_image **ret, struct vc_error *err);
/* Its blobs, and as index.json one that names the chosen manifest; borrowed.
 * Threads may use it at once. */
const struct layout *registry_image_layout(const struct registry_image *i);
/* "docker.io/library/busybox:latest", borrowed; and the digest that the name
 * stood for ("sha256:..."), of the index where it is one. */
const char *registry_image_name(const struct registry_image *i);
const char *registry_image_digest(const struct registry_image *i);
void registry_image_free(struct registry_image *i);
void registry_image_cleanup(struct registry_image **i);
#define _cleanup_registry_image_ __attribute__((cleanup(registry_image_cleanup)))

/* --- the cache by itself: oci2vm cache ls|gc|rm -------------------------- */

struct cache_entry {
	char *digest;      /* owned */
	uint64_t size;
	int64_t used_at;   /* seconds: when it was last read */
};
/* *ret is an array of *ret_n, owned by the caller (cache_entries_free). */
int registry_cache_list(const char *cache_dir, struct cache_entry **ret,
			size_t *ret_n, struct vc_error *err);
void cache_entries_free(struct cache_entry *e, size_t n);
/* Removes those least recently used until at most max bytes are left. */
int registry_cache_collect(const char *cache_dir, uint64_t max,
			   uint64_t *ret_freed, struct vc_error *err);
int registry_cache_remove(const char *cache_dir, const char *digest,
			  struct vc_error *err);

#endif
