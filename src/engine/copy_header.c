/*
 * GNU's forms for what does not fit ustar: names in members of types 'L' and
 * 'K' before the member, numbers in base 256 (GNU tar manual, "Basic Tar
 * Format").  busybox tar skips PAX headers, and would cut names at 100 bytes.
 */
#include "engine/copy_header.h"

#include <string.h>

#include "vc/util.h"

#define NAME_LEN 100u

enum { UID = 108, GID = 116, ID_LEN = 8, SIZE = 124, SIZE_LEN = 12, CHECK = 148 };

static char *put_long(struct buf *out, char type, const char *text)
{
	const struct tar_entry e = {
		.name = "././@LongLink", .type = type, .mode = 0644,
		.size = strlen(text) + 1,
	};

	tar_put_header(out, &e);
	buf_add(out, text, (size_t)e.size);
	tar_put_zeros(out, tar_padding(e.size));
	return xstrndup(text, NAME_LEN);
}

static bool fits(uint64_t value, size_t len)
{
	return value < (uint64_t)1 << (3 * (len - 1));
}

/* The value in place of the zero that stands for it; keeps the check sum. */
static void put_large(char *header, size_t at, size_t len, uint64_t value)
{
	unsigned sum = 0;

	if (fits(value, len))
		return;
	for (size_t i = len; i-- > 1; value >>= 8)
		header[at + i] = (char)(value & 0xff);
	header[at] = (char)0x80;
	memset(header + CHECK, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)header[i];
	snprintf(header + CHECK, 7, "%06o", sum);
}

void copy_put_header(struct buf *out, const struct tar_entry *e)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *link = NULL;
	struct tar_entry h = *e;
	char *header;

	if (strlen(e->name) > NAME_LEN)
		h.name = name = put_long(out, 'L', e->name);
	if (e->link && strlen(e->link) > NAME_LEN)
		h.link = link = put_long(out, 'K', e->link);
	h.uid = fits(e->uid, ID_LEN) ? e->uid : 0;
	h.gid = fits(e->gid, ID_LEN) ? e->gid : 0;
	h.size = fits(e->size, SIZE_LEN) ? e->size : 0;
	h.mtime = e->mtime < 0 || !fits((uint64_t)e->mtime, SIZE_LEN) ? 0 : e->mtime;
	h.records = NULL;
	tar_put_header(out, &h);
	header = buf_ptr(out) + out->len - TAR_BLOCK;
	put_large(header, UID, ID_LEN, e->uid);
	put_large(header, GID, ID_LEN, e->gid);
	put_large(header, SIZE, SIZE_LEN, e->size);
}
