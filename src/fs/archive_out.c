/*
 * Writing archives.  Data goes from the spool straight into the buffer that
 * is written; what is a hole in the tree becomes one in the archive's file, so
 * that a sparse file of 5 GiB costs no 5 GiB of disk, while its bytes are what
 * any reader of plain archives expects.
 */
#include "archive_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "vc/util.h"

#define CHUNK (1u << 20)
/* Fewer zeros than this are written. */
#define HOLE_MIN (64u << 10)

void archive_out_init(struct archive_out *a, int fd)
{
	*a = (struct archive_out){ .fd = fd, .chunk = xmalloc(CHUNK) };
}

void archive_out_release(struct archive_out *a)
{
	free(a->chunk);
	a->chunk = NULL;
}

static int flush(struct archive_out *a, struct vc_error *err)
{
	const char *p = a->chunk;

	while (a->used) {
		ssize_t n = pwrite(a->fd, p, a->used, (off_t)a->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vc_fail(err, errno, "cannot write");
		p += n;
		a->at += (uint64_t)n;
		a->used -= (size_t)n;
	}
	return 0;
}

/* Room of up to len bytes in the chunk; 0 on failure. */
static size_t room(struct archive_out *a, uint64_t len, struct vc_error *err)
{
	if (a->used == CHUNK && flush(a, err) < 0)
		return 0;
	return len < CHUNK - a->used ? (size_t)len : CHUNK - a->used;
}

int archive_put(struct archive_out *a, const void *data, size_t len,
		struct vc_error *err)
{
	const char *p = data;

	while (len) {
		size_t n = room(a, len, err);

		if (!n)
			return -1;
		memcpy(a->chunk + a->used, p, n);
		a->used += n;
		p += n;
		len -= n;
	}
	return 0;
}

static int put_hole(struct archive_out *a, uint64_t len, struct vc_error *err)
{
	if (flush(a, err) < 0)
		return -1;
	if (len > (uint64_t)INT64_MAX - a->at)
		return vc_fail(err, EFBIG, "cannot write");
	a->at += len;
	return 0;
}

int archive_put_zeros(struct archive_out *a, uint64_t len, struct vc_error *err)
{
	if (len >= HOLE_MIN)
		return put_hole(a, len, err);
	while (len) {
		size_t n = room(a, len, err);

		if (!n)
			return -1;
		memset(a->chunk + a->used, 0, n);
		a->used += n;
		len -= n;
	}
	return 0;
}

static int put_run(struct archive_out *a, const struct tree_inode *i,
		   const struct data_run *r, struct vc_error *err)
{
	for (uint64_t done = 0; done < r->len;) {
		size_t n = room(a, r->len - done, err);

		if (!n || inode_read(i, r->logical + done, a->chunk + a->used, n,
				     err) < 0)
			return -1;
		a->used += n;
		done += n;
	}
	return 0;
}

int archive_put_data(struct archive_out *a, const struct tree_inode *i,
		     struct vc_error *err)
{
	uint64_t at = 0;

	for (uint32_t n = 0; n < i->n_runs; n++) {
		const struct data_run *r = &i->runs[n];

		if (archive_put_zeros(a, r->logical - at, err) < 0 ||
		    put_run(a, i, r, err) < 0)
			return -1;
		at = r->logical + r->len;
	}
	return archive_put_zeros(a, i->size - at, err);
}

int archive_pad(struct archive_out *a, unsigned to, struct vc_error *err)
{
	uint64_t at = a->at + a->used;

	return archive_put_zeros(a, (to - at % to) % to, err);
}

int archive_finish(struct archive_out *a, struct vc_error *err)
{
	if (flush(a, err) < 0)
		return -1;
	if (ftruncate(a->fd, (off_t)a->at) < 0)
		return vc_fail(err, errno, "cannot write");
	return 0;
}

char *archive_path(const struct tree_node *n, struct vc_error *err)
{
	_cleanup_free_ char *path = tree_path(n);
	_cleanup_free_ char *start = NULL;
	size_t len = strlen(path);

	if (len <= ARCHIVE_PATH_MAX)
		return steal_ptr(path);
	start = printable(path, 64);
	vc_fail(err, 0, "a path of %zu bytes ('%s...'): at most %d can be "
			"unpacked again",
		len, start, ARCHIVE_PATH_MAX);
	return NULL;
}
