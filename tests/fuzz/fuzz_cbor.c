/*
 * CBOR from the host of a Gondolin guest: whatever parses can be walked, and
 * says the same when it is written again from what was read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vc/cbor.h"
#include "vc/util.h"

static void require(int ok)
{
	if (!ok)
		abort();
}

static void put_again(struct buf *b, struct cbor c);

/* A map is read by its keys, which its reader knows; here they come from the
 * map itself. */
static void put_map(struct buf *b, const struct cbor *map)
{
	struct cbor flat = *map, key, value;

	flat.type = CBOR_ARRAY;
	flat.n *= 2;
	cbor_put_map(b, map->n);
	while (cbor_next(&flat, &key)) {
		_cleanup_free_ char *name = xstrndup((const char *)key.p, key.n);
		struct cbor found = cbor_get(map, name);

		require(cbor_next(&flat, &value));
		require(found.type == value.type && found.n == value.n &&
			found.p == value.p);
		cbor_put_text(b, name);
		put_again(b, value);
	}
}

static void put_text(struct buf *b, const struct cbor *c)
{
	_cleanup_free_ char *s = xstrndup((const char *)c->p, c->n);

	cbor_put_text(b, s);
}

static void put_again(struct buf *b, struct cbor c)
{
	struct cbor member;

	switch (c.type) {
	case CBOR_UINT:
		cbor_put_uint(b, c.n);
		break;
	case CBOR_NEGATIVE:
		cbor_put_int(b, c.n > INT64_MAX ? INT64_MIN : -1 - (int64_t)c.n);
		break;
	case CBOR_BYTES:
		cbor_put_bytes(b, c.p, c.n);
		break;
	case CBOR_TEXT:
		put_text(b, &c);
		break;
	case CBOR_ARRAY:
		cbor_put_array(b, c.n);
		while (cbor_next(&c, &member))
			put_again(b, member);
		break;
	case CBOR_MAP:
		put_map(b, &c);
		break;
	case CBOR_BOOL:
		cbor_put_bool(b, c.n);
		break;
	case CBOR_NULL:
		buf_add_char(b, (char)0xf6);
		break;
	case CBOR_NONE:
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf once = BUF_INIT, twice = BUF_INIT;
	struct cbor c;

	if (!cbor_parse(data, size, &c))
		return 0;
	put_again(&once, c);
	require(cbor_parse(buf_ptr(&once), once.len, &c));
	put_again(&twice, c);
	require(once.len == twice.len &&
		!memcmp(buf_ptr(&once), buf_ptr(&twice), once.len));
	return 0;
}
