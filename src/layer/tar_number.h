/* Numbers as tar writes them. */
#ifndef LAYER_TAR_NUMBER_H
#define LAYER_TAR_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* A header's field: octal, or base-256 as GNU tar and star write what is too
 * large or negative.  Empty is 0.  -1: neither, or beyond 63 bits. */
int tar_number(const char *field, size_t len, int64_t *ret);
/* Of a PAX record: decimal, all of it. */
int tar_decimal(const char *s, size_t len, int64_t *ret);
/* The same with a fraction: seconds, and nanoseconds towards the future. */
int tar_time(const char *s, size_t len, int64_t *ret_sec, uint32_t *ret_ns);

#endif
