/* One layer, from its blob to entries. */
#include "compress_fixture.h"
#include "layer_fixture.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "vc/log.h"
#include "vc/spawn.h"
#include "vc/strv.h"

/* --- making tars ---------------------------------------------------------- */

/* Bytes of the last header, whose check sum is made right again. */
static void patch(struct buf *tar, size_t header, size_t field, const void *data,
		  size_t len)
{
	char *h = buf_ptr(tar) + header;
	unsigned sum = 0;

	memcpy(h + field, data, len);
	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
}

enum { F_NAME = 0, F_UID = 108, F_SIZE = 124, F_MTIME = 136, F_TYPE = 156,
       F_MAGIC = 257, F_SPARSE = 386, F_EXTENDED = 482, F_REAL = 483 };

static void add(struct buf *tar, char type, const char *name, const char *link,
		const struct buf *records, const char *data)
{
	const struct tar_entry e = {
		.type = type, .name = name, .link = link, .mode = 0644,
		.mtime = 1, .records = records, .size = strlen(data)
	};

	tar_put_header(tar, &e);
	buf_add(tar, data, e.size);
	tar_put_zeros(tar, tar_padding(e.size));
}

/* A PAX header with these bytes, and then the file f. */
static void pax_then(struct buf *tar, const char *records, size_t len, char type,
		     const char *data)
{
	struct tar_entry e = { .type = 'x', .name = "pax", .size = len };

	tar_put_header(tar, &e);
	buf_add(tar, records, len);
	tar_put_zeros(tar, tar_padding(len));
	add(tar, type, "f", type == '2' || type == '1' ? "x" : NULL, NULL, data);
}

static void record_then(struct buf *tar, const char *key, const char *value,
			char type, const char *data)
{
	_cleanup_buf_ struct buf r = BUF_INIT;

	tar_put_record(&r, key, value, strlen(value));
	pax_then(tar, buf_ptr(&r), r.len, type, data);
}

/* Ends the tar, reads it and compares; a want with '!' in front is an error's
 * words.  Empties the tar. */
static void expect_limited(struct buf *tar, const char *want,
			   const struct layer_limits *limits)
{
	_cleanup_free_ char *got = NULL;

	lf_end(tar);
	got = lf_one(tar, limits);
	buf_clear(tar);
	if (*want == '!' ? !strstr(got, want + 1) : strcmp(got, want) != 0)
		fail_msg("got\n%s\ninstead of\n%s", got, want);
}

static void expect(struct buf *tar, const char *want)
{
	expect_limited(tar, want, NULL);
}

/* --- compression and hashes ------------------------------------------------- */

static void hex_of(const struct buf *b, char ret[HASH_HEX_MAX])
{
	_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);

	hash_update(h, buf_ptr(b), b->len);
	hash_finish(h, ret);
}

/* Reads `packed` with both hashes, `most` bytes at a time. */
static int read_hashed(const struct buf *packed, size_t most,
		       char ret_in[HASH_HEX_MAX], char ret_out[HASH_HEX_MAX],
		       uint64_t *ret_entries, struct vc_error *err)
{
	static const struct layer_limits none;
	_cleanup_hash_ struct hash *in = hash_new(HASH_SHA256);
	_cleanup_hash_ struct hash *out = hash_new(HASH_SHA256);
	struct lf_source s = lf_source(packed);
	struct layer_entries *e;
	struct spool spool;
	int r;

	s.most = most;
	spool_init(&spool, "/tmp");
	r = layer_read(&s.source, &none, &spool, in, out, &e, err);
	spool_release(&spool);
	hash_finish(in, ret_in);
	hash_finish(out, ret_out);
	if (r < 0)
		return -1;
	*ret_entries = layer_entries_count(e);
	layer_entries_free(e);
	return 0;
}

static void check_hashed(const struct buf *packed, const struct buf *plain,
			 size_t most, uint64_t entries)
{
	_cleanup_error_ struct vc_error err = { 0 };
	char in[HASH_HEX_MAX], out[HASH_HEX_MAX], want[HASH_HEX_MAX];
	uint64_t n;

	if (read_hashed(packed, most, in, out, &n, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(n, entries);
	hex_of(packed, want);
	assert_string_equal(in, want);
	hex_of(plain, want);
	assert_string_equal(out, want);
}

static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP,
			       ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ,
			       ARCHIVE_FILTER_BZIP2 };

static void compressions(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	lf_tar(&tar, "d d\nf d/f data=content\nf .wh.x");
	lf_end(&tar);
	tar_put_zeros(&tar, 8192);
	buf_add_str(&tar, "junk behind the end"); /* counts in the diff_id */
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		_cleanup_buf_ struct buf packed = BUF_INIT;

		if (filters[i] == ARCHIVE_FILTER_NONE)
			buf_add(&packed, buf_ptr(&tar), tar.len);
		else
			fx_compress(&tar, filters[i], &packed);
		check_hashed(&packed, &tar, SIZE_MAX, 3);
		check_hashed(&packed, &tar, 1, 3);
		check_hashed(&packed, &tar, 513, 3);
	}
}

static void empty_layers(void **state)
{
	_cleanup_buf_ struct buf none = BUF_INIT;

	(void)state;
	for (size_t blocks = 0; blocks <= 20; blocks += 20)
		for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
			_cleanup_buf_ struct buf plain = BUF_INIT;
			_cleanup_buf_ struct buf packed = BUF_INIT;

			tar_put_zeros(&plain, blocks * TAR_BLOCK);
			if (filters[i] == ARCHIVE_FILTER_NONE)
				buf_add(&packed, buf_ptr(&plain), plain.len);
			else
				fx_compress(&plain, filters[i], &packed);
			check_hashed(&packed, &plain, SIZE_MAX, 0);
		}
	{
		_cleanup_free_ char *got = lf_one(&none, NULL);

		assert_string_equal(got, "");
	}
}

static void gzip_members(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf half = BUF_INIT;
	_cleanup_buf_ struct buf packed = BUF_INIT;

	(void)state;
	lf_tar(&tar, "f a data=1\nf b data=2");
	lf_end(&tar);
	buf_add(&half, buf_ptr(&tar), 700);
	fx_compress(&half, ARCHIVE_FILTER_GZIP, &packed);
	buf_clear(&half);
	buf_add(&half, buf_ptr(&tar) + 700, tar.len - 700);
	fx_compress(&half, ARCHIVE_FILTER_GZIP, &packed);
	check_hashed(&packed, &tar, SIZE_MAX, 2);
	/* bytes behind the last member are in the blob's digest only */
	buf_add_str(&packed, "junk");
	check_hashed(&packed, &tar, SIZE_MAX, 2);
}

static void damaged_gzip(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf packed = BUF_INIT;
	_cleanup_free_ char *got = NULL, *cut = NULL;
	char in[HASH_HEX_MAX], out[HASH_HEX_MAX], want[HASH_HEX_MAX];
	uint64_t n;

	(void)state;
	lf_tar(&tar, "f a data=1");
	lf_end(&tar);
	fx_compress(&tar, ARCHIVE_FILTER_GZIP, &packed);
	buf_ptr(&packed)[packed.len - 7] ^= 1;
	got = lf_one(&packed, NULL);
	assert_non_null(strstr(got, "check sum is wrong"));
	packed.len -= 20;
	cut = lf_one(&packed, NULL);
	assert_non_null(strstr(cut, "truncated"));
	/* the blob's digest is told, also when there is no sense in it */
	assert_int_equal(read_hashed(&packed, 100, in, out, &n, &err), -1);
	hex_of(&packed, want);
	assert_string_equal(in, want);
}

static void in_hash_of_a_bad_tar(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf packed = BUF_INIT;
	char in[HASH_HEX_MAX], out[HASH_HEX_MAX], want[HASH_HEX_MAX];
	uint64_t n;

	(void)state;
	lf_tar(&tar, "f ../a");
	for (unsigned i = 0; i < 3000000; i++) /* more than is read ahead */
		buf_add_char(&tar, (char)(i * 7919 >> 3));
	fx_compress(&tar, ARCHIVE_FILTER_GZIP, &packed);
	assert_int_equal(read_hashed(&packed, 4096, in, out, &n, &err), -1);
	assert_non_null(strstr(err.msg, "entry '../a'"));
	hex_of(&packed, want);
	assert_string_equal(in, want);
}

static void read_errors(void **state)
{
	static const struct layer_limits none;
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	lf_tar(&tar, "f a data=1");
	lf_end(&tar);
	for (size_t at = 1; at < tar.len; at += 600) {
		_cleanup_error_ struct vc_error err = { 0 };
		struct lf_source s = lf_source(&tar);
		struct layer_entries *e;
		struct spool spool;

		s.most = 100;
		s.fail_at = at;
		spool_init(&spool, "/tmp");
		assert_int_equal(layer_read(&s.source, &none, &spool, NULL,
					    NULL, &e, &err), -1);
		assert_non_null(strstr(err.msg, "cannot read"));
		spool_release(&spool);
	}
}

/* --- truncation --------------------------------------------------------------- */

static void truncated(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	size_t whole;

	(void)state;
	record_then(&tar, "mtime", "1", '0', "content");
	whole = tar.len;
	lf_end(&tar);
	for (size_t len = 1; len <= whole; len++) {
		struct buf part = { buf_ptr(&tar), len, 0, 0 };
		_cleanup_free_ char *got = lf_one(&part, NULL);

		if (!strstr(got, "truncated"))
			fail_msg("%zu bytes: %s", len, got);
	}
	for (size_t len = whole + TAR_BLOCK; len <= tar.len; len += TAR_BLOCK) {
		struct buf part = { buf_ptr(&tar), len, 0, 0 };
		_cleanup_free_ char *got = lf_one(&part, NULL);

		assert_string_equal(got, "f f 'content'\n");
	}
}

static void no_end(void **state)
{
	static const struct layer_limits strict = { .strict = true };
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	lf_tar(&tar, "f a");
	check_hashed(&tar, &tar, SIZE_MAX, 1); /* with a digest: believed */
	lf_end(&tar);
	buf_add_char(&tar, 'x');
	expect_limited(&tar, "!more behind the end", &strict);
	lf_tar(&tar, "f a");
	tar_put_zeros(&tar, TAR_BLOCK);
	lf_tar(&tar, "f b"); /* one block of zeros is no end */
	expect(&tar, "!there is no header at byte 1024");
	buf_add_str(&tar, "#!/bin/sh\n");
	tar_put_zeros(&tar, 1000);
	expect(&tar, "!no tar, or a damaged one: there is no header at byte 0");
}

/* --- names ---------------------------------------------------------------------- */

static void names(void **state)
{
	static const struct {
		const char *layer, *want;
	} cases[] = {
		{ "f ..", "!entry '..': '..' in a name" },
		{ "f ../x", "!entry '../x': '..' in a name" },
		{ "f ./../x", "!'..' in a name" },
		{ "f a/../b", "!entry 'a/../b': '..' in a name" },
		{ "f a/..", "!'..'" },
		{ "f /../x", "!'..'" },
		{ "f /etc/x", "d etc @7\nf etc/x\n" },
		{ "f //x", "f x\n" },
		{ "f ''", "!entry '': the name is empty" },
		{ "f a/", "!entry 'a/': only the name of a directory" },
		{ "s a/ to=b", "!only the name of a directory" },
		{ "f a/.", "!only the name of a directory" },
		{ "d a/.", "d a\n" },
		{ "f .", "!entry '/': only a directory can be the root" },
		{ "s . to=/etc", "!only a directory can be the root" },
		{ "s / to=/etc", "!only a directory can be the root" },
		{ "s ./. to=x", "!only a directory can be the root" },
		{ "d .", "" },
		{ "f ...", "f ...\n" },
		{ "f a\\b", "f a\\b\n" },
		{ "f system-systemd\\x2dcryptsetup.slice",
		  "f system-systemd\\x2dcryptsetup.slice\n" },
		{ "f \xff\xfe\x80", "f \xff\xfe\x80\n" },
	};
	static const struct layer_limits strict = { .strict = true };
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		lf_tar(&tar, cases[i].layer);
		expect(&tar, cases[i].want);
	}
	lf_tar(&tar, "f /x");
	expect_limited(&tar, "!entry '/x': the name is absolute", &strict);
}

static void long_names(void **state)
{
	static const struct {
		size_t part, parts;
		const char *want; /* NULL: fine */
	} cases[] = {
		{ 255, 1, NULL },
		{ 256, 1, "longer than 255 bytes" },
		{ 200, 20, NULL },
		{ 255, 16, NULL }, /* 4095 with the slashes */
		{ 255, 17, "longer than 4096 bytes" },
		{ 5000, 1, "longer than 255" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf tar = BUF_INIT;
		_cleanup_buf_ struct buf name = BUF_INIT;
		_cleanup_free_ char *got = NULL;

		for (size_t p = 0; p < cases[i].parts; p++) {
			buf_add_str(&name, p ? "/" : "");
			for (size_t k = 0; k < cases[i].part; k++)
				buf_add_char(&name, "\xc3\xa4"[k & 1]);
		}
		add(&tar, '0', buf_ptr(&name), NULL, NULL, "");
		lf_end(&tar);
		got = lf_one(&tar, NULL);
		assert_non_null(strstr(got, cases[i].want ? cases[i].want :
							    buf_ptr(&name)));
	}
}

/* --- PAX and GNU headers ----------------------------------------------------------- */

static void pax_sizes(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	/* CVE-2025-62518: the PAX size is where the next header is */
	record_then(&tar, "size", "0", '0', "");
	patch(&tar, tar.len - TAR_BLOCK, F_SIZE, "00000001000", 12);
	lf_tar(&tar, "f g");
	expect(&tar, "f f\nf g\n");
	record_then(&tar, "size", "512", '0', "");
	lf_tar(&tar, "f hidden\nf g");
	expect(&tar, "f f size=512\nf g\n");
	/* only files have data: docker finds the same members */
	for (const char *type = "12345"; *type; type++) {
		record_then(&tar, "size", "512", *type == '1' ? '5' : *type,
			    "");
		lf_tar(&tar, "f seen");
		lf_end(&tar);
		{
			_cleanup_free_ char *got = lf_one(&tar, NULL);

			assert_non_null(strstr(got, "f seen\n"));
		}
		buf_clear(&tar);
	}
	record_then(&tar, "size", "-1", '0', "");
	expect(&tar, "!entry 'f': its size is negative");
	record_then(&tar, "size", "99999999999999999999", '0', "");
	expect(&tar, "!malformed record");
	record_then(&tar, "size", "17592186044417", '0', "");
	expect(&tar, "!entry 'f': a file of more than 16 TiB");
}

static void hard_link_with_a_size(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf r = BUF_INIT;

	(void)state;
	tar_put_record(&r, "mtime", "1.5", 3);
	add(&tar, '0', "a", NULL, &r, "abc");
	add(&tar, '1', "b", "a", NULL, "");
	patch(&tar, tar.len - TAR_BLOCK, F_SIZE, "00000000003", 12);
	lf_tar(&tar, "f c");
	expect(&tar, "f a 'abc'.500000000 links=2\n"
		     "f b 'abc'.500000000 links=2\nf c\n");
}

static void pax_faults(void **state)
{
	static const struct {
		const char *records;
		size_t len; /* 0: strlen */
		const char *want;
	} cases[] = {
		{ "99 path=x\n", 0, "malformed record" },
		{ "8 path=x\n", 0, "malformed record" },
		{ "0 path=x\n", 0, "malformed record" },
		{ "-10 path=x\n", 0, "malformed record" },
		{ "path=x\n", 0, "malformed record" },
		{ "10 path=xy", 0, "malformed record" },
		{ "10 path_x\n", 0, "malformed record" },
		{ "6 =xx\n", 0, "malformed record" },
		{ "4 x\n", 0, "malformed record" },
		{ "12 path=a\0b\n", 12, "malformed record" },
		{ "16 linkpath=a\0b\n", 16, "malformed record" },
		{ "11 uid=abc\n", 0, "malformed record" },
		{ "8 gid=+\n", 0, "malformed record" },
		{ "9 uid=1 \n", 0, "malformed record" },
		{ "13 mtime=1e5\n", 0, "malformed record" },
		{ "30 mtime=99999999999999999999\n", 0, "malformed record" },
		{ "22 GNU.sparse.major=1\n", 0, "a sparse format" },
		{ "23 GNU.sparse.offset=1\n", 0, "a sparse format" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf tar = BUF_INIT;
		_cleanup_free_ char *got = NULL;
		size_t len = cases[i].len ? cases[i].len :
					    strlen(cases[i].records);

		pax_then(&tar, cases[i].records, len, '0', "");
		lf_end(&tar);
		got = lf_one(&tar, NULL);
		if (!strstr(got, cases[i].want))
			fail_msg("%s: %s", cases[i].records, got);
	}
}

static void gnu_names(void **state)
{
	static const struct {
		const char *gnu, *pax, *want;
	} cases[] = {
		{ "long", NULL, "f long\n" },
		{ "same", "same", "f same\n" },
		{ "one", "other", "!entry 'one': its GNU and PAX headers say "
				  "different names" },
	};
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		add(&tar, 'L', "././@LongLink", NULL, NULL, cases[i].gnu);
		if (cases[i].pax)
			record_then(&tar, "path", cases[i].pax, '0', "");
		else
			add(&tar, '0', "f", NULL, NULL, "");
		expect(&tar, cases[i].want);
	}
	add(&tar, 'K', "././@LongLink", NULL, NULL, "target");
	add(&tar, '2', "s", "short", NULL, "");
	expect(&tar, "s s -> target 644\n");
	/* and nothing of it is left for the next one */
	add(&tar, 'L', "././@LongLink", NULL, NULL, "long");
	lf_tar(&tar, "f a\nf b");
	expect(&tar, "f b\nf long\n");
	add(&tar, 'L', "././@LongLink", NULL, NULL, "long");
	expect(&tar, "!truncated");
}

static void headers_too_large(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	record_then(&tar, "comment", "x", '0', "");
	patch(&tar, 0, F_SIZE, "10000000000", 12); /* a gigabyte */
	expect(&tar, "!a header of 1073741824 bytes");
	add(&tar, 'L', "x", NULL, NULL, "");
	patch(&tar, 0, F_SIZE, "00004000001", 12);
	expect(&tar, "!more than a megabyte is refused");
}

static void global_headers_and_labels(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	add(&tar, 'g', "pax_global_header", NULL, NULL, "20 comment=f00f00f0\n");
	add(&tar, 'V', "label", NULL, NULL, "");
	lf_tar(&tar, "f a");
	expect(&tar, "f a\n");
	/* that docker and GNU tar read differently: a path for all members */
	add(&tar, 'g', "g", NULL, NULL, "10 path=x\n");
	lf_tar(&tar, "f a");
	expect(&tar, "f a\n");
}

static void old_tars(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	/* before ustar: no magic, '\0' for a file, a slash for a directory */
	add(&tar, '0', "d/", NULL, NULL, "");
	patch(&tar, 0, F_TYPE, "", 1);
	patch(&tar, 0, F_MAGIC, "\0\0\0\0\0\0\0\0", 8);
	add(&tar, '0', "f", NULL, NULL, "x");
	patch(&tar, TAR_BLOCK, F_TYPE, "", 1);
	expect(&tar, "d d 644\nf f 'x'\n");
	/* a contiguous file is a file */
	add(&tar, '7', "f", NULL, NULL, "x");
	expect(&tar, "f f 'x'\n");
	/* what neither docker nor we know */
	add(&tar, 'D', "dump", NULL, NULL, "x");
	expect(&tar, "!entry 'dump': its tar type");
}

/* --- numbers --------------------------------------------------------------------- */

static void owners(void **state)
{
	static const struct {
		const char *uid, *want;
	} cases[] = {
		{ "4294967294", "f f 4294967294:0\n" },
		{ "2147483648", "f f 2147483648:0\n" },
		{ "4294967295", "!entry 'f': the owner 4294967295:0 is out" },
		{ "4294967296", "!out of range" },
		{ "-1", "!the owner -1:0 is out of range" },
		{ "9223372036854775808", "!malformed" },
	};
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		record_then(&tar, "uid", cases[i].uid, '0', "");
		expect(&tar, cases[i].want);
	}
}

static void fields(void **state)
{
	static const struct {
		size_t field, len;
		const char *bytes, *want;
	} cases[] = {
		/* base-256 */
		{ F_UID, 8, "\x80\0\0\0\0\0\1\2", "f f 258:0\n" },
		{ F_UID, 8, "\xff\xff\xff\xff\xff\xff\xff\xff",
		  "!the owner -1:0" },
		{ F_MTIME, 12, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe",
		  "f f @-2\n" },
		{ F_MTIME, 12, "\x80\0\0\0\0\0\0\2\0\0\0\0",
		  "f f @8589934592\n" },
		{ F_SIZE, 12, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		  "!no header at byte 0" },
		{ F_SIZE, 12, "\x80\0\0\0\x80\0\0\0\0\0\0\0",
		  "!no header at byte 0" }, /* over 63 bits */
		{ F_SIZE, 12, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
		  "!16 TiB" },
		/* octal */
		{ F_UID, 8, "    12 ", "f f 10:0\n" },
		{ F_UID, 8, "12\0junk", "f f 10:0\n" },
		{ F_UID, 8, "\0\0\0\0\0\0\0", "f f\n" },
		{ F_UID, 8, "0000019", "!no header" },
		{ F_UID, 8, "-000001", "!no header" },
		{ F_SIZE, 12, "1 2 3 4 5 6", "!no header" },
	};
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		add(&tar, '0', "f", NULL, NULL, "");
		patch(&tar, 0, cases[i].field, cases[i].bytes, cases[i].len);
		expect(&tar, cases[i].want);
	}
	/* the check sum itself, also of signed bytes */
	add(&tar, '0', "f", NULL, NULL, "");
	buf_ptr(&tar)[0] = 'g';
	expect(&tar, "!no header at byte 0");
	add(&tar, '0', "\xff", NULL, NULL, "");
	{
		unsigned sum = 0;
		char *h = buf_ptr(&tar);

		memset(h + 148, ' ', 8);
		for (size_t i = 0; i < TAR_BLOCK; i++)
			sum += (unsigned)(signed char)h[i];
		snprintf(h + 148, 8, "%06o", sum);
	}
	expect(&tar, "f \xff\n");
}

static void times(void **state)
{
	static const struct {
		const char *time, *want;
	} cases[] = {
		{ "1", "f f\n" },
		{ "1.5", "f f.500000000\n" },
		{ "1.123456789123", "f f.123456789\n" },
		{ "-1.5", "f f @-2.500000000\n" },
		{ "-62135596800", "f f @-62135596800\n" },
		{ "8589934593.000000001", "f f @8589934593.000000001\n" },
		{ "1.", "f f\n" },
	};
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		record_then(&tar, "mtime", cases[i].time, '0', "");
		expect(&tar, cases[i].want);
	}
}

/* What our own writer says comes back. */
static void times_round_trip(void **state)
{
	static const struct {
		int64_t sec;
		uint32_t ns;
		const char *want;
	} cases[] = {
		{ 0, 1, "f f @0.000000001\n" },
		{ -1, 999999999, "f f @-1.999999999\n" },
		{ -1, 1, "f f @-1.000000001\n" },
		{ -2, 0, "f f @-2\n" },
		{ 1, 500, "f f.000000500\n" },
		{ 1ll << 40, 7, "f f @1099511627776.000000007\n" },
	};
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct tar_entry e = { .type = '0', .name = "f",
					     .mode = 0644,
					     .mtime = cases[i].sec,
					     .mtime_ns = cases[i].ns };

		tar_put_header(&tar, &e);
		expect(&tar, cases[i].want);
	}
}

/* --- attributes -------------------------------------------------------------------- */

static void attributes(void **state)
{
	static const struct layer_limits strict = { .strict = true };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf r = BUF_INIT;
	_cleanup_free_ char *big = xmalloc(40001);

	(void)state;
	memset(big, 'x', 40000);
	big[40000] = '\0';
	record_then(&tar, "LIBARCHIVE.xattr.user.a%20b%3d", "aGVsbG8", '0', "");
	expect(&tar, "f f user.a b==hello\n");
	record_then(&tar, "SCHILY.xattr.user.e", "", '0', "");
	expect(&tar, "f f user.e=\n");
	lf_tar(&tar, "f f x:nospace=1");
	expect_limited(&tar, "!entry 'f': the attribute 'nospace' is in no",
		       &strict);
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *key = xasprintf("SCHILY.xattr.user.%d", i);

		tar_put_record(&r, key, big, 40000);
	}
	add(&tar, '0', "f", NULL, &r, "");
	expect(&tar, "!entry 'f': extended attributes of more than 64 KiB");
	buf_clear(&r);
	for (int i = 0; i < 1001; i++) {
		_cleanup_free_ char *key = xasprintf("SCHILY.xattr.user.%d", i);

		tar_put_record(&r, key, "", 0);
	}
	add(&tar, '0', "f", NULL, &r, "");
	expect(&tar, "!entry 'f': more than 1000 extended attributes");
	{
		_cleanup_free_ char *key = xasprintf("SCHILY.xattr.user.%s", big);

		record_then(&tar, key, "", '0', "");
	}
	expect(&tar, "!longer than 255 bytes");
}

/* A value may have any byte in it. */
static void binary_attribute(void **state)
{
	static const char value[] = "\1\0\n=\0\2";
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf r = BUF_INIT;
	const struct xattr *x;
	struct spool spool;

	(void)state;
	tar_put_record(&r, "SCHILY.xattr.security.capability", value, 7);
	add(&tar, '0', "f", NULL, &r, "");
	lf_end(&tar);
	spool_init(&spool, "/tmp");
	assert_int_equal(lf_layer(t, &tar, 0, NULL, &spool, &err), 0);
	x = inode_find_xattr(tree_resolve(t, "f", true)->inode,
			     "security.capability");
	assert_non_null(x);
	assert_int_equal(x->len, 7);
	assert_memory_equal(x->value, value, 7);
	spool_release(&spool);
}

/* --- devices, setuid, limits ---------------------------------------------------------- */

static void policies(void **state)
{
	static const struct layer_limits
		skip = { .skip_devices = true },
		deny = { .deny_devices = true },
		strip = { .strip_setuid = true };
	static const char devices[] = "c null dev=1:3 mode=666\nb b dev=8:1\n"
				      "p p\nf f";
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	lf_tar(&tar, devices);
	expect_limited(&tar, "f f\np p\n", &skip);
	lf_tar(&tar, devices);
	expect_limited(&tar, "!entry 'null': devices are not allowed", &deny);
	lf_tar(&tar, "f f mode=6755\nd d mode=2755\nf g mode=1644");
	expect_limited(&tar, "d d 2755\nf f 755\nf g 1644\n", &strip);
	lf_tar(&tar, "c big dev=4096:0");
	expect(&tar, "!entry 'big': the device number 4096:0 is out of range");
}

static void limits(void **state)
{
	static const struct layer_limits bytes = { .max_unpacked = 6 },
					 entries = { .max_entries = 2 };
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	lf_tar(&tar, "f a data=123\nf b data=456");
	expect_limited(&tar, "f a '123'\nf b '456'\n", &bytes);
	lf_tar(&tar, "f a data=123\nf b data=4567");
	expect_limited(&tar, "!entry 'b': the layer unpacks to more than 6 "
			     "bytes", &bytes);
	lf_tar(&tar, "f a\nf b\n");
	expect_limited(&tar, "f a\nf b\n", &entries);
	lf_tar(&tar, "f a\nf .wh.x\nf b");
	expect_limited(&tar, "!entry 'b': the layer has more than 2 entries",
		       &entries);
}

static void bombs(void **state)
{
	static const struct layer_limits ratio = { .max_ratio = 100 };
	static const int kinds[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	const struct tar_entry e = { .type = '0', .name = "zeros",
				     .size = 48u << 20 };

	(void)state;
	tar_put_header(&tar, &e);
	tar_put_zeros(&tar, e.size);
	lf_end(&tar);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_buf_ struct buf packed = BUF_INIT;
		_cleanup_free_ char *got = NULL;

		fx_compress(&tar, kinds[i], &packed);
		got = lf_one(&packed, &ratio);
		assert_non_null(strstr(got, "more than 100 times its size"));
	}
	{
		_cleanup_free_ char *got = lf_one(&tar, &ratio);

		assert_string_equal(got, "f zeros size=50331648 0 @0\n");
	}
}

/* --- data ---------------------------------------------------------------------------- */

/* Larger than the chunks and the ring, at odd places. */
static void large_files(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	const size_t size = 5000003;
	_cleanup_free_ char *data = xmalloc(size), *got = xmalloc(size);
	struct spool spool;

	(void)state;
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 2654435761u >> 13);
	for (int i = 0; i < 3; i++) {
		_cleanup_free_ char *name = xasprintf("%d", i);
		const struct tar_entry e = { .type = '0', .name = name,
					     .size = size - (size_t)i };

		tar_put_header(&tar, &e);
		buf_add(&tar, data + i, e.size);
		tar_put_zeros(&tar, tar_padding(e.size));
	}
	lf_end(&tar);
	spool_init(&spool, "/tmp");
	assert_int_equal(lf_layer(t, &tar, 0, NULL, &spool, &err), 0);
	for (size_t i = 0; i < 3; i++) {
		char name[2] = { (char)('0' + i), 0 };
		const struct tree_inode *f =
			tree_resolve(t, name, true)->inode;

		assert_int_equal(f->size, size - i);
		assert_int_equal(f->n_runs, 1);
		assert_int_equal(inode_read(f, 0, got, f->size, &err), 0);
		assert_memory_equal(got, data + i, f->size);
	}
	spool_release(&spool);
}

static void many_entries(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	struct spool spool;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char name[40];
		const struct tar_entry e = { .type = '0', .name = name };

		snprintf(name, sizeof(name), "d%d/file-%d", i % 3, i);
		tar_put_header(&tar, &e);
	}
	lf_end(&tar);
	spool_init(&spool, "/tmp");
	assert_int_equal(lf_layer(t, &tar, 0, NULL, &spool, &err), 0);
	tree_finish(t);
	assert_int_equal(tree_totals(t)->files, 100000);
	spool_release(&spool);
}

/* --- sparse files -------------------------------------------------------------------- */

static void check_sparse(struct buf *tar, uint64_t size, uint64_t stored)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	const struct tree_inode *f;
	struct spool spool;
	char got[8];

	lf_end(tar);
	spool_init(&spool, "/tmp");
	if (lf_layer(t, tar, 0, NULL, &spool, &err) < 0)
		fail_msg("%s", err.msg);
	f = tree_resolve(t, "f", true)->inode;
	assert_int_equal(f->size, size);
	tree_finish(t);
	assert_int_equal(tree_totals(t)->stored_bytes, stored);
	/* "abc" at 4096, "de" at the end */
	assert_int_equal(inode_read(f, 4094, got, 6, &err), 0);
	assert_memory_equal(got, "\0\0abc\0", 6);
	assert_int_equal(inode_read(f, size - 4, got, 4, &err), 0);
	assert_memory_equal(got, "\0\0de", 4);
	spool_release(&spool);
	buf_clear(tar);
}

static void put_old_sparse(struct buf *tar, const char *real, bool extended)
{
	static const char pieces[4][24] = {
		"00000010000\00000000000003", "00000020000\00000000000000",
		"00000020000\00000000000000", "00000020000\00000000000000",
	};
	size_t at = tar->len;
	char more[TAR_BLOCK] = { 0 };

	add(tar, 'S', "f", NULL, NULL, "abcde");
	patch(tar, at, F_MAGIC, "ustar  ", 8);
	patch(tar, at, F_SPARSE, pieces, sizeof(pieces));
	patch(tar, at, F_REAL, real, 12);
	if (!extended) {
		char last[24] = "47777777776";

		memcpy(last + 12, "00000000002", 12);
		patch(tar, at, F_SPARSE + 3 * 24, last, 24);
		return;
	}
	patch(tar, at, F_EXTENDED, "\1", 1);
	memcpy(more, "47777777776", 12);
	memcpy(more + 12, "00000000002", 12);
	/* between header and data */
	buf_add(tar, more, TAR_BLOCK);
	memmove(buf_ptr(tar) + at + 2 * TAR_BLOCK,
		buf_ptr(tar) + at + TAR_BLOCK, TAR_BLOCK);
	memcpy(buf_ptr(tar) + at + TAR_BLOCK, more, TAR_BLOCK);
}

#define FIVE_GIB (5ull << 30)

static void sparse(void **state)
{
	static const char *const maps[] = {
		/* 0.0 */
		"GNU.sparse.numblocks=2 GNU.sparse.offset=4096 "
		"GNU.sparse.numbytes=3 GNU.sparse.offset=5368709118 "
		"GNU.sparse.numbytes=2 GNU.sparse.size=5368709120",
		/* 0.1 */
		"GNU.sparse.map=4096,3,5368709118,2 "
		"GNU.sparse.size=5368709120 GNU.sparse.name=f",
		/* 1.0 */
		"GNU.sparse.major=1 GNU.sparse.minor=0 GNU.sparse.name=f "
		"GNU.sparse.realsize=5368709120",
	};
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	put_old_sparse(&tar, "50000000000", false);
	check_sparse(&tar, FIVE_GIB, 5);
	put_old_sparse(&tar, "50000000000", true);
	check_sparse(&tar, FIVE_GIB, 5);
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		_cleanup_free_ char *copy = xstrdup(maps[i]);
		_cleanup_buf_ struct buf r = BUF_INIT;
		_cleanup_buf_ struct buf data = BUF_INIT;
		char *save = NULL;

		for (char *k = strtok_r(copy, " ", &save); k;
		     k = strtok_r(NULL, " ", &save)) {
			char *v = strchr(k, '=');

			*v++ = '\0';
			tar_put_record(&r, k, v, strlen(v));
		}
		if (i == 2) {
			buf_add_str(&data, "2\n4096\n3\n5368709118\n2\n");
			/* a NUL would end it for add() */
			while (data.len < TAR_BLOCK)
				buf_add_char(&data, '\n');
		}
		buf_add_str(&data, "abcde");
		add(&tar, '0', i == 0 ? "f" : "GNUSparseFile.0/f", NULL, &r,
		    buf_ptr(&data));
		check_sparse(&tar, FIVE_GIB, 5);
	}
}

static void sparse_faults(void **state)
{
	static const struct {
		const char *map, *size, *want;
	} cases[] = {
		{ "0,3,2,2", "100", "does not fit" },  /* overlap */
		{ "50,3,10,2", "100", "does not fit" }, /* backwards */
		{ "0,3,99,2", "100", "does not fit" }, /* beyond */
		{ "0,3", "100", "does not fit" },      /* data left over */
		{ "0,3,10,3", "100", "does not fit" }, /* too little */
		{ "0,9223372036854775807,1,5", "100", "does not fit" },
		{ "0,3,5", "100", "malformed record" },
		{ "0,-3,5,8", "100", "malformed record" },
		{ "0;5", "100", "malformed record" },
		{ "0,5", "9223372036854775807", "more than 16 TiB" },
		{ "0,5", "-1", "does not fit" },
	};
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf r = BUF_INIT;
		_cleanup_free_ char *got = NULL;

		tar_put_record(&r, "GNU.sparse.size", cases[i].size,
			       strlen(cases[i].size));
		tar_put_record(&r, "GNU.sparse.map", cases[i].map,
			       strlen(cases[i].map));
		add(&tar, '0', "f", NULL, &r, "abcde");
		lf_end(&tar);
		got = lf_one(&tar, NULL);
		buf_clear(&tar);
		/* -1 is refused before its map is looked at */
		if (!strstr(got, cases[i].want) && !strstr(got, "16 TiB"))
			fail_msg("%s: %s", cases[i].map, got);
	}
	/* 8 EiB in an old header */
	put_old_sparse(&tar, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", false);
	expect(&tar, "!16 TiB");
	/* a 1.0 map that goes on into what is not there */
	record_then(&tar, "GNU.sparse.major", "1", '0', "");
	expect(&tar, "!sparse format");
	{
		_cleanup_buf_ struct buf r = BUF_INIT;

		tar_put_record(&r, "GNU.sparse.major", "1", 1);
		tar_put_record(&r, "GNU.sparse.minor", "0", 1);
		add(&tar, '0', "f", NULL, &r, "99999999\n0\n1\n");
		expect(&tar, "!entry 'f': its sparse map is damaged");
		add(&tar, '5', "d", NULL, &r, "");
		expect(&tar, "!entry 'd': only a file can be sparse");
	}
}

/* --- directories ---------------------------------------------------------------------- */

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/vc-layer-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };

	(void)state;
	return remove_tree_at(AT_FDCWD, dir, &err);
}

static void put_file(int at, const char *name, const void *data, size_t len)
{
	_cleanup_close_ int fd = openat(at, name, O_WRONLY | O_CREAT | O_CLOEXEC,
					0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
}

static void put_sparse(int at, const char *name, uint64_t size)
{
	_cleanup_close_ int fd = openat(at, name, O_WRONLY | O_CREAT | O_CLOEXEC,
					0600);

	assert_int_equal(pwrite(fd, "abc", 3, 1 << 20), 3);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
}

static void put_socket(int at, const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	_cleanup_close_ int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%s", at, name);
	assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
}

static void directories(void **state)
{
	static const struct timespec old[2] = { { 0, 0 }, { -5, 123456789 } };
	static const struct layer_limits none;
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct layer_entries *e;
	const struct tree_inode *i;
	struct spool spool;
	char got[5];

	(void)state;
	log_init("test", LOG_QUIET);
	mkdirat(at, "d", 0711);
	put_file(at, "d/f", "content", 7);
	assert_int_equal(linkat(at, "d/f", at, "hard", 0), 0);
	assert_int_equal(symlinkat("../x", at, "soft"), 0);
	assert_int_equal(utimensat(at, "d/f", old, 0), 0);
	put_sparse(at, "sparse", 64u << 20);
	put_socket(at, "socket");
	spool_init(&spool, "/tmp");
	if (layer_read_dir(at, "dir", &none, &spool, &e, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(layer_entries_count(e), 5);
	assert_true(layer_entries_bytes(e) < 1u << 20);
	assert_int_equal(layer_apply(t, e, 0, 0, &none, &err), 0);
	layer_entries_free(e);
	assert_null(tree_resolve(t, "socket", true));
	assert_int_equal(tree_resolve(t, "d", true)->inode->mode, 0711);
	i = tree_resolve(t, "hard", true)->inode;
	assert_ptr_equal(i, tree_resolve(t, "d/f", true)->inode);
	assert_int_equal(i->uid, getuid());
	assert_int_equal(i->mtime, -5);
	assert_int_equal(i->mtime_ns, 123456789);
	assert_int_equal(i->size, 7);
	assert_string_equal(tree_resolve(t, "soft", false)->inode->target,
			    "../x");
	i = tree_resolve(t, "sparse", true)->inode;
	assert_int_equal(i->size, 64u << 20);
	assert_int_equal(inode_read(i, (1 << 20) - 1, got, 5, &err), 0);
	assert_memory_equal(got, "\0abc\0", 5);
	spool_release(&spool);
}

/* Nothing but a hole. */
static void all_hole(void **state)
{
	static const struct layer_limits none;
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = openat(at, "hole", O_WRONLY | O_CREAT |
						   O_CLOEXEC, 0600);
	struct layer_entries *e;
	struct spool spool;

	(void)state;
	assert_int_equal(ftruncate(fd, 1 << 30), 0);
	put_file(at, "later", "x", 1);
	spool_init(&spool, "/tmp");
	assert_int_equal(layer_read_dir(at, "dir", &none, &spool, &e, &err), 0);
	assert_int_equal(layer_entries_bytes(e), 1);
	assert_int_equal(layer_apply(t, e, 0, 0, &none, &err), 0);
	layer_entries_free(e);
	assert_int_equal(tree_resolve(t, "hole", true)->inode->size, 1 << 30);
	assert_int_equal(tree_resolve(t, "later", true)->inode->size, 1);
	spool_release(&spool);
}

static char *read_file_listing(const char *path)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;

	if (read_file_at(AT_FDCWD, path, 8u << 20, &tar, &err) < 0)
		fail_msg("%s", err.msg);
	return lf_one(&tar, NULL);
}

/* GNU tar's formats say the same of one directory. */
static void formats(void **state)
{
	static const char *const options[][2] = {
		{ "--format=gnu", "--sparse" },
		{ "--format=gnu", "--numeric-owner" },
		{ "--format=oldgnu", "--sparse" },
		{ "--format=pax", "--sparse-version=0.0" },
		{ "--format=pax", "--sparse-version=0.1" },
		{ "--format=pax", "--sparse-version=1.0" },
	};
	static const char part[] = "0123456789012345678901234567890123456789"
				   "012345678901234567890123456789";
	_cleanup_close_ int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *tar = xasprintf("%s/../%s.tar", dir,
					     strrchr(dir, '/') + 1);
	_cleanup_free_ char *first = NULL;
	_cleanup_free_ char *deep = xasprintf("%s/%s", part, part);

	(void)state;
	mkdirat(at, part, 0700);
	put_file(at, deep, "deep", 4);
	put_file(at, "\xff", "not UTF-8", 9);
	put_sparse(at, "sparse", 3u << 20);
	assert_int_equal(linkat(at, deep, at, "hard", 0), 0);
	assert_int_equal(symlinkat(deep, at, "soft"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_strv_ struct strv argv = STRV_INIT;
		_cleanup_free_ char *program = find_program("tar", "tar", &err);
		_cleanup_free_ char *got = NULL;

		assert_non_null(program);
		strv_add(&argv, program);
		strv_add(&argv, options[i][0]);
		strv_add(&argv, options[i][1]);
		strv_add(&argv, "--mtime=@1");
		strv_add(&argv, "-C");
		strv_add(&argv, dir);
		strv_add(&argv, "-cf");
		strv_add(&argv, tar);
		strv_add(&argv, ".");
		if (run_program(&argv, &err) < 0)
			fail_msg("%s", err.msg);
		got = read_file_listing(tar);
		assert_non_null(strstr(got, " sparse size=3145728"));
		assert_non_null(strstr(got, " hard 'deep' 600"));
		if (!first)
			first = xstrdup(got);
		assert_string_equal(got, first);
	}
	unlink(tar);
}

#define DIR_TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, drop_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compressions),
		cmocka_unit_test(empty_layers),
		cmocka_unit_test(gzip_members),
		cmocka_unit_test(damaged_gzip),
		cmocka_unit_test(in_hash_of_a_bad_tar),
		cmocka_unit_test(read_errors),
		cmocka_unit_test(truncated),
		cmocka_unit_test(no_end),
		cmocka_unit_test(names),
		cmocka_unit_test(long_names),
		cmocka_unit_test(pax_sizes),
		cmocka_unit_test(hard_link_with_a_size),
		cmocka_unit_test(pax_faults),
		cmocka_unit_test(gnu_names),
		cmocka_unit_test(headers_too_large),
		cmocka_unit_test(global_headers_and_labels),
		cmocka_unit_test(old_tars),
		cmocka_unit_test(owners),
		cmocka_unit_test(fields),
		cmocka_unit_test(times),
		cmocka_unit_test(times_round_trip),
		cmocka_unit_test(attributes),
		cmocka_unit_test(binary_attribute),
		cmocka_unit_test(policies),
		cmocka_unit_test(limits),
		cmocka_unit_test(bombs),
		cmocka_unit_test(large_files),
		cmocka_unit_test(many_entries),
		cmocka_unit_test(sparse),
		cmocka_unit_test(sparse_faults),
		DIR_TEST(directories),
		DIR_TEST(all_hole),
		DIR_TEST(formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
