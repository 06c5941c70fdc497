/* Blobs from a registry into the cache. */
#ifndef REGISTRY_BLOBS_H
#define REGISTRY_BLOBS_H

#include "cache.h"
#include "session.h"

struct wanted_blob {
	struct digest digest;
	uint64_t size;
	char *what; /* owned: "layer 2 of 5" */
	int fd;     /* -1: to be had; then owned, with LOCK_USING */
};

/*
 * Gets all that are not in the cache.  What has come when it fails stays
 * there for the next time.  s NULL: nothing is fetched, and what the cache
 * does not have is an error.
 */
int blobs_fetch(struct session *s, const struct cache *c,
		struct wanted_blob *v, size_t n, const char *image,
		struct vc_error *err);

#endif
