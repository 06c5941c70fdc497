/* Blobs on their way into the cache: written and hashed as they come, kept
 * when the rest does not. */
#ifndef REGISTRY_PARTIAL_H
#define REGISTRY_PARTIAL_H

#include "cache.h"
#include "vc/layer.h"

struct partial {
	const struct cache *cache; /* borrowed */
	struct digest digest;
	uint64_t size; /* that it is to have */
	uint64_t have; /* bytes that are there, and in the hash */
	struct hash *hash;
	char *path;    /* owned: below the cache's directory */
	int fd;        /* owned */
	bool locked;   /* LOCK_WRITING is ours */
};

#define PARTIAL_INIT { .fd = -1 }
/* Closes it; the file stays, unless it is empty. */
void partial_release(struct partial *p);
#define _cleanup_partial_ __attribute__((cleanup(partial_release)))

/*
 * Opens or makes it, and hashes what is there already.  1: another process
 * writes it, and !wait.  Who has waited should look into the cache first.
 */
int partial_open(const struct cache *c, const struct digest *d, uint64_t size,
		 bool wait, struct partial *ret, struct vc_error *err);
/* From the first byte again. */
int partial_restart(struct partial *p, struct vc_error *err);
/* More than `size` is an error of status REGISTRY_EXIT_VERIFY. */
int partial_write(struct partial *p, const void *data, size_t len,
		  struct vc_error *err);
/*
 * All is there: compares it with the digest, syncs it and makes it a blob;
 * *ret_fd (the caller's) has LOCK_USING.  What has another digest is emptied
 * (status REGISTRY_EXIT_VERIFY).
 */
int partial_commit(struct partial *p, int *ret_fd, struct vc_error *err);

/* That `value` ("bytes 5-9/10", RFC 9110, 14.4) is the rest from `from` of
 * `size` bytes. */
bool content_range_is(const char *value, uint64_t from, uint64_t size);

#endif
