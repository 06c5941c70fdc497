/* CBOR: what RFC 8949's appendix A says, and what we refuse of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "vc/cbor.h"
#include "vc/util.h"

#define BYTES(...) ((const uint8_t[]){ __VA_ARGS__ }), \
	sizeof((const uint8_t[]){ __VA_ARGS__ })

/* A copy of exactly that size, so that a byte too many read is noticed. */
static bool parse(const uint8_t *bytes, size_t len, struct cbor *ret,
		  uint8_t **ret_copy)
{
	*ret_copy = xmalloc(len ? len : 1);
	if (len)
		memcpy(*ret_copy, bytes, len);
	return cbor_parse(*ret_copy, len, ret);
}

static void expect_uint(uint64_t want, const uint8_t *bytes, size_t len)
{
	_cleanup_free_ uint8_t *copy = NULL;
	struct cbor c;

	assert_true(parse(bytes, len, &c, &copy));
	assert_int_equal(c.type, CBOR_UINT);
	assert_true(c.n == want);
}

static void refuse(const uint8_t *bytes, size_t len)
{
	_cleanup_free_ uint8_t *copy = NULL;
	struct cbor c = { .type = CBOR_NULL };

	assert_false(parse(bytes, len, &c, &copy));
	assert_int_equal(c.type, CBOR_NULL);
}

static void test_integers(void **state)
{
	(void)state;
	expect_uint(0, BYTES(0x00));
	expect_uint(23, BYTES(0x17));
	expect_uint(24, BYTES(0x18, 0x18));
	expect_uint(1000, BYTES(0x19, 0x03, 0xe8));
	expect_uint(1000000, BYTES(0x1a, 0x00, 0x0f, 0x42, 0x40));
	expect_uint(1000000000000, BYTES(0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4,
					 0xa5, 0x10, 0x00));
	expect_uint(UINT64_MAX, BYTES(0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				      0xff, 0xff));
}

static void test_whole_floats_are_integers(void **state)
{
	(void)state;
	/* 100000.0 and 1700000000000.0 */
	expect_uint(100000, BYTES(0xfa, 0x47, 0xc3, 0x50, 0x00));
	expect_uint(1700000000000, BYTES(0xfb, 0x42, 0x78, 0xbc, 0xfe, 0x56,
					 0x80, 0x00, 0x00));
	refuse(BYTES(0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a));
	refuse(BYTES(0xfb, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0));    /* -1.0 */
	refuse(BYTES(0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0));    /* infinity */
	refuse(BYTES(0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0));    /* not a number */
	refuse(BYTES(0xfb, 0x7f, 0xe0, 0, 0, 0, 0, 0, 0));    /* 2^1023 */
	refuse(BYTES(0xf9, 0x3c, 0x00));		      /* half */
}

static void test_malformed(void **state)
{
	(void)state;
	refuse(BYTES(0x18));			/* argument missing */
	refuse(BYTES(0x00, 0x00));		/* something after it */
	refuse(BYTES(0x1c));			/* reserved */
	refuse(BYTES(0x44, 1, 2, 3));		/* string cut short */
	refuse(BYTES(0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
	refuse(BYTES(0x5f, 0x41, 0x00, 0xff));	/* indefinite */
	refuse(BYTES(0x9f, 0xff));
	refuse(BYTES(0xc0, 0x60));		/* tag */
	refuse(BYTES(0xf7));			/* undefined */
	refuse(BYTES(0x61, 0xff));		/* no UTF-8 */
	refuse(BYTES(0x62, 'a', 0x00));		/* NUL in text */
	refuse(BYTES(0x63, 0xed, 0xa0, 0x80));	/* a surrogate */
	refuse(BYTES(0x62, 0xc0, 0x80));	/* overlong */
	refuse(BYTES(0x82, 0x01));		/* member missing */
	refuse(BYTES(0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
	refuse(BYTES(0xa1, 0x01, 0x02));	/* key that is no text */
	refuse(BYTES(0xa2, 0x61, 'a', 1, 0x61, 'a', 2)); /* twice */
	refuse(BYTES(0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
	refuse(BYTES(0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0));
	refuse(NULL, 0);
}

static void test_too_many_keys(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct cbor c;

	(void)state;
	for (size_t n = CBOR_MAX_KEYS; n <= CBOR_MAX_KEYS + 1; n++) {
		buf_clear(&b);
		cbor_put_map(&b, n);
		for (size_t i = 0; i < n; i++) {
			_cleanup_free_ char *key = xasprintf("%zu", i);

			cbor_put_text(&b, key);
			cbor_put_bool(&b, true);
		}
		assert_int_equal(cbor_parse(buf_ptr(&b), b.len, &c),
				 n == CBOR_MAX_KEYS);
	}
}

static void put_message(struct buf *b)
{
	cbor_put_map(b, 4);
	cbor_put_text(b, "v");
	cbor_put_uint(b, 1);
	cbor_put_text(b, "list");
	cbor_put_array(b, 3);
	cbor_put_text(b, "eins");
	cbor_put_map(b, 1);
	cbor_put_text(b, "deep");
	cbor_put_array(b, 0);
	cbor_put_int(b, -500);
	cbor_put_text(b, "data");
	cbor_put_bytes(b, "\0\xff", 2);
	cbor_put_text(b, "eof");
	cbor_put_bool(b, true);
}

static void test_round_trip(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *text = NULL;
	struct cbor c, list, item;
	uint64_t v = 0;
	bool eof = false;

	(void)state;
	put_message(&b);
	assert_true(cbor_parse(buf_ptr(&b), b.len, &c));
	assert_true(cbor_get_uint(&c, "v", 1, &v) && v == 1);
	assert_true(cbor_get_bool(&c, "eof", &eof) && eof);
	assert_int_equal(cbor_get(&c, "nothing").type, CBOR_NONE);
	item = cbor_get(&c, "data");
	assert_int_equal(item.type, CBOR_BYTES);
	assert_int_equal(item.n, 2);
	assert_memory_equal(item.p, "\0\xff", 2);
	list = cbor_get(&c, "list");
	assert_true(cbor_next(&list, &item) && cbor_is_text(&item, "eins"));
	assert_true(cbor_next(&list, &item));
	assert_int_equal(cbor_get(&item, "deep").type, CBOR_ARRAY);
	assert_true(cbor_next(&list, &item));
	assert_int_equal(item.type, CBOR_NEGATIVE);
	assert_int_equal(item.n, 499);
	assert_false(cbor_next(&list, &item));
	text = cbor_get_text(&c, "data");
	assert_null(text);
}

static void test_wrong_types_are_not_taken(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct cbor c;
	uint64_t v = 7;
	bool flag = false;

	(void)state;
	put_message(&b);
	assert_true(cbor_parse(buf_ptr(&b), b.len, &c));
	assert_false(cbor_get_uint(&c, "v", 0, &v)); /* larger than allowed */
	assert_false(cbor_get_uint(&c, "eof", 9, &v));
	assert_false(cbor_get_bool(&c, "v", &flag));
	assert_int_equal(v, 7);
	c = cbor_get(&c, "v");
	assert_int_equal(cbor_get(&c, "v").type, CBOR_NONE);
}

static void expect_text(const char *in, const char *out)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct cbor c;

	cbor_put_text(&b, in);
	assert_true(cbor_parse(buf_ptr(&b), b.len, &c));
	assert_true(cbor_is_text(&c, out));
}

static void test_text_is_always_utf8(void **state)
{
	(void)state;
	expect_text("", "");
	expect_text("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	expect_text("\xe2\x82\xac \xf0\x9f\x90\xa7",
		    "\xe2\x82\xac \xf0\x9f\x90\xa7");
	expect_text("a\xff\xc3z", "a??z");
	expect_text("\xed\xa0\x80", "???");
	expect_text("\xf4\x90\x80\x80", "????");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_whole_floats_are_integers),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_too_many_keys),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_wrong_types_are_not_taken),
		cmocka_unit_test(test_text_is_always_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
