/*
 * The kernel unpacks archives that stand one behind the other, zeros between
 * them, each beginning at a multiple of four: its buffer-format.rst.  The
 * format is "newc": thirteen numbers of eight hex digits.
 */
#include "convert/initramfs.h"

#include <string.h>

#define ALIGN 4u
#define TRAILER "TRAILER!!!"

static void pad(struct buf *out, uint64_t at)
{
	static const char zeros[ALIGN];

	buf_add(out, zeros, (size_t)(-at % ALIGN));
}

/* Header and name; `start` is where the archive begins in out. */
static void put_header(struct buf *out, size_t start, const char *name,
		       unsigned ino, unsigned mode, size_t size)
{
	size_t name_size = strlen(name) + 1;

	/* magic ino mode uid gid nlink mtime filesize, the device's and the
	 * node's numbers, namesize check */
	buf_printf(out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
		   "%08x%08x", ino, mode, 0u, 0u, 1u, 0u, (unsigned)size, 0u,
		   0u, 0u, 0u, (unsigned)name_size, 0u);
	buf_add(out, name, name_size);
	pad(out, out->len - start);
}

void initramfs_segment(struct buf *out, uint64_t base, const char *name,
		       const void *data, size_t len)
{
	size_t start;

	pad(out, base);
	start = out->len;
	put_header(out, start, name, 1, 0100400, len);
	buf_add(out, data, len);
	pad(out, out->len - start);
	put_header(out, start, TRAILER, 0, 0, 0);
}
