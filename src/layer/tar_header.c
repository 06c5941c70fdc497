/*
 * Tar headers, written by hand: libarchive's writer puts names through the
 * locale, and names here are bytes.
 *
 * POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header": what
 * does not fit ustar goes into a PAX header before it.  Same entry, same
 * bytes.
 */
#include <stdio.h>
#include <string.h>

#include "utf8.h"
#include "vc/layer.h"
#include "vc/util.h"

/* offsets and lengths of the ustar fields we fill */
enum {
	NAME = 0, NAME_LEN = 100,
	MODE = 100, UID = 108, GID = 116, ID_LEN = 8,
	SIZE = 124, MTIME = 136, LONG_LEN = 12,
	CHECK = 148, TYPE = 156,
	LINK = 157, LINK_LEN = 100,
	MAGIC = 257, VERSION = 263,
	MAJOR = 329, MINOR = 337,
};

static bool fits(uint64_t value, size_t len)
{
	return value < (uint64_t)1 << (3 * (len - 1));
}

/* Octal digits and a NUL; what does not fit becomes 0 and has a record. */
static void put_number(char *field, size_t len, uint64_t value)
{
	if (!fits(value, len))
		value = 0;
	snprintf(field, len, "%0*llo", (int)len - 1, (unsigned long long)value);
}

/* As much of s as fits, without a NUL where it fills the field. */
static void put_text(char *field, const char *s, size_t len)
{
	for (size_t i = 0; i < len && s[i]; i++)
		field[i] = s[i];
}

static void put_block(struct buf *out, const struct tar_entry *e)
{
	char h[TAR_BLOCK] = { 0 };
	unsigned sum = 0;

	put_text(h + NAME, e->name, NAME_LEN);
	put_number(h + MODE, ID_LEN, e->mode & 07777);
	put_number(h + UID, ID_LEN, e->uid);
	put_number(h + GID, ID_LEN, e->gid);
	put_number(h + SIZE, LONG_LEN, e->size);
	put_number(h + MTIME, LONG_LEN, e->mtime < 0 ? 0 : (uint64_t)e->mtime);
	h[TYPE] = e->type;
	if (e->link)
		put_text(h + LINK, e->link, LINK_LEN);
	put_text(h + MAGIC, "ustar", 6);
	put_text(h + VERSION, "00", 2);
	if (e->type == '3' || e->type == '4') {
		put_number(h + MAJOR, ID_LEN, e->dev_major);
		put_number(h + MINOR, ID_LEN, e->dev_minor);
	}
	memset(h + CHECK, ' ', 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	put_number(h + CHECK, 7, sum); /* six digits, NUL, then the blank */
	buf_add(out, h, sizeof(h));
}

void tar_put_record(struct buf *records, const char *key, const void *value,
		    size_t len)
{
	size_t rest = strlen(key) + len + 3; /* ' ', '=', '\n' */
	size_t total = rest, digits;

	/* the length counts its own digits */
	do {
		digits = (size_t)snprintf(NULL, 0, "%zu", total);
		if (total == rest + digits)
			break;
		total = rest + digits;
	} while (1);
	buf_printf(records, "%zu %s=", total, key);
	buf_add(records, value, len);
	buf_add_char(records, '\n');
}

static void put_number_record(struct buf *records, const char *key, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)v);
	tar_put_record(records, key, text, strlen(text));
}

/* Seconds towards the past, nanoseconds towards the future: as one number. */
static void put_time_record(struct buf *records, int64_t sec, uint32_t ns)
{
	bool minus = sec < 0;
	char text[32];

	snprintf(text, sizeof(text), "%s%lld.%09u", minus ? "-" : "",
		 (long long)(minus ? -(sec + 1) : sec),
		 (unsigned)(minus ? 1000000000 - ns : ns));
	tar_put_record(records, "mtime", text, strlen(text));
}

static void collect_records(struct buf *r, const struct tar_entry *e)
{
	bool long_name = strlen(e->name) > NAME_LEN;
	bool long_link = e->link && strlen(e->link) > LINK_LEN;

	/* records are UTF-8 unless they say otherwise; names are bytes */
	if ((long_name && !is_utf8(e->name)) ||
	    (long_link && !is_utf8(e->link)))
		tar_put_record(r, "hdrcharset", "BINARY", 6);
	if (long_name)
		tar_put_record(r, "path", e->name, strlen(e->name));
	if (long_link)
		tar_put_record(r, "linkpath", e->link, strlen(e->link));
	if (!fits(e->size, LONG_LEN))
		put_number_record(r, "size", (int64_t)e->size);
	if (!fits(e->uid, ID_LEN))
		put_number_record(r, "uid", (int64_t)e->uid);
	if (!fits(e->gid, ID_LEN))
		put_number_record(r, "gid", (int64_t)e->gid);
	if (e->mtime_ns)
		put_time_record(r, e->mtime, e->mtime_ns);
	else if (e->mtime < 0 || !fits((uint64_t)e->mtime, LONG_LEN))
		put_number_record(r, "mtime", e->mtime);
	if (e->records)
		buf_add(r, buf_ptr(e->records), e->records->len);
}

size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK - 1));
}

void tar_put_zeros(struct buf *out, size_t len)
{
	buf_reserve(out, len);
	memset(buf_ptr(out) + out->len, 0, len + 1);
	out->len += len;
}

void tar_put_header(struct buf *out, const struct tar_entry *e)
{
	_cleanup_buf_ struct buf records = BUF_INIT;

	collect_records(&records, e);
	if (records.len) {
		const struct tar_entry pax = {
			.name = "PaxHeaders/x",
			.type = 'x',
			.mode = 0644,
			.size = records.len,
		};

		put_block(out, &pax);
		buf_add(out, buf_ptr(&records), records.len);
		tar_put_zeros(out, tar_padding(records.len));
	}
	put_block(out, e);
}
