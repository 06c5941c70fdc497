/*
 * The cache of blobs, for all processes of a user:
 *
 *   blobs/sha256/<hex>    whole blobs, as in an OCI layout
 *   partial/sha256-<hex>  what has come of others
 *   names/<hex>           what a name stood for; <hex> is the name's sha256
 *
 * Locks are on bytes of the files themselves (open file description locks),
 * so that they end with the process: see enum cache_lock.  A blob is believed
 * when its content has been hashed, never for being there.
 */
#ifndef REGISTRY_CACHE_H
#define REGISTRY_CACHE_H

#include <stdbool.h>

#include "oci/digest.h"
#include "vc/error.h"
#include "vc/registry.h"

struct cache {
	char *dir; /* owned */
	int dirfd; /* owned */
};

/* Makes the directories; dir NULL: the usual one. */
int cache_open(const char *dir, struct cache *ret, struct vc_error *err);
void cache_release(struct cache *c);
#define CACHE_INIT { NULL, -1 }
#define _cleanup_cache_ __attribute__((cleanup(cache_release)))

/* Owned by the caller. */
char *cache_default_dir(struct vc_error *err);

/* Which byte of the file is locked; both for removing it. */
enum cache_lock {
	LOCK_WRITING, /* exclusive: somebody fetches into a partial file */
	LOCK_USING,   /* shared: an image is open that needs it */
	LOCK_BOTH,
};
/* type: F_RDLCK, F_WRLCK, F_UNLCK.  1: somebody else has it, and !wait. */
int cache_lock(int fd, enum cache_lock which, short type, bool wait,
	       struct vc_error *err);

/*
 * Opens a blob of that size (CACHE_ANY_SIZE: of any), compares it with its
 * digest and takes LOCK_USING: 1, and *ret_fd is the caller's; 0: it is not
 * there, or was corrupt and is not there any more.
 */
#define CACHE_ANY_SIZE UINT64_MAX
int cache_find(const struct cache *c, const struct digest *d, uint64_t size,
	       int *ret_fd, struct vc_error *err);
/* Puts one in; *ret_fd as above. */
int cache_put(const struct cache *c, const struct digest *d, const void *data,
	      size_t len, int *ret_fd, struct vc_error *err);

/* --- cache_names.c --- */

struct cached_name {
	char *media_type; /* owned */
	struct digest digest;
	uint64_t size;
};
void cached_name_release(struct cached_name *n);
int cache_remember(const struct cache *c, const char *name,
		   const struct cached_name *n, struct vc_error *err);
/* 1: found; 0: it is not known. */
int cache_recall(const struct cache *c, const char *name,
		 struct cached_name *ret, struct vc_error *err);

/* Forgets those whose blob is gone. */
int cache_forget(const struct cache *c, struct vc_error *err);

/* --- cache_collect.c --- */

int cache_collect(const struct cache *c, uint64_t max, uint64_t *ret_freed,
		  struct vc_error *err);

#endif
