/*
 * CBOR (RFC 8949), the part of it that Gondolin's messages are made of:
 * integers, byte strings, text (UTF-8), arrays, maps with text keys, false,
 * true, null, and floats that are whole numbers.  Lengths are definite; tags,
 * a key twice and anything after the item are errors.
 *
 * The reader copies nothing: cbor_parse() looks at the whole item once, so
 * that the functions after it need not fail, and what they give out points
 * into the caller's bytes.
 */
#ifndef VC_CBOR_H
#define VC_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vc/buf.h"

#define CBOR_MAX_DEPTH 8
#define CBOR_MAX_KEYS 64 /* members of one map */

enum cbor_type {
	CBOR_NONE, /* not there */
	CBOR_UINT,
	CBOR_NEGATIVE, /* value -1 - n */
	CBOR_BYTES,
	CBOR_TEXT, /* no NUL inside */
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_BOOL,
	CBOR_NULL,
};

struct cbor {
	enum cbor_type type;
	uint64_t n;       /* value; of strings bytes, of arrays and maps members */
	const uint8_t *p; /* bytes of a string, first member of a container */
	const uint8_t *end; /* of all that was parsed */
};

/* All of len bytes as one item; false when it is anything else. */
bool cbor_parse(const void *data, size_t len, struct cbor *ret);
/* A member of a map; CBOR_NONE when it has none, or `map` is no map. */
struct cbor cbor_get(const struct cbor *map, const char *key);
/* The array's members one after the other: false after the last. */
bool cbor_next(struct cbor *array, struct cbor *ret);

/* The same with the type wanted: false and no change for any other. */
bool cbor_get_uint(const struct cbor *map, const char *key, uint64_t max,
		   uint64_t *ret);
bool cbor_get_bool(const struct cbor *map, const char *key, bool *ret);
/* A copy, owned by the caller; NULL when it is no text. */
char *cbor_get_text(const struct cbor *map, const char *key);
bool cbor_is_text(const struct cbor *c, const char *s);

/* Writing: containers are announced with the number of their members (a map's
 * pairs), which have to follow. */
void cbor_put_uint(struct buf *b, uint64_t v);
void cbor_put_int(struct buf *b, int64_t v);
void cbor_put_bool(struct buf *b, bool v);
void cbor_put_bytes(struct buf *b, const void *data, size_t len);
/* Bytes that are no UTF-8 are replaced by '?': a reader may refuse them. */
void cbor_put_text(struct buf *b, const char *s);
void cbor_put_array(struct buf *b, size_t n);
void cbor_put_map(struct buf *b, size_t n);
bool utf8_valid(const void *data, size_t len);
/* Bytes of the character that data begins with, 1 to 4; 0: it is none. */
size_t utf8_char(const void *data, size_t len);

#endif
