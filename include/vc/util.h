/*
 * Memory, cleanup attributes and small strings.
 * Allocation never returns NULL: see vc_oom().
 */
#ifndef VC_UTIL_H
#define VC_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vc/error.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void vc_cleanup_free(void *p)
{
	extern void free(void *);
	free(*(void **)p);
}
void vc_cleanup_close(int *fd);

#define _cleanup_free_ __attribute__((cleanup(vc_cleanup_free)))
#define _cleanup_close_ __attribute__((cleanup(vc_cleanup_close)))
#define _cleanup_error_ __attribute__((cleanup(vc_error_release)))

/* Hand over what a cleanup variable owns. */
#define steal_ptr(p)                      \
	({                                \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;               \
		taken_;                   \
	})
static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_eq(const char *a, const char *b); /* NULL equals only NULL */

/*
 * Whole of s as a decimal number in [min, max]; -1 and no change when it is
 * anything else (sign, blank, trailing text).
 */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);
/* "64G", "2048M", "512k", "1073741824": bytes; a bare number counts `unit`s. */
int parse_size(const char *s, uint64_t unit, uint64_t *ret_bytes);

/* Monotonic clock, milliseconds. */
int64_t now_ms(void);

/*
 * s with everything that could move a terminal's cursor or change its state
 * replaced by '?': for text from images, registries or a guest.  Owned by the
 * caller.  Newlines and tabs stay.
 */
char *printable(const char *s, size_t len);

#endif
