/*
 * Small pieces that lie one behind the other become large writes.  The image
 * is a file without contents at first: what is not written reads as zeros.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ext4.h"
#include "vc/util.h"

#define STAGE (1u << 20)
#define DIRECT (256u << 10) /* from here on the kernel copies by itself */

void ext4_out_init(struct ext4_out *o, int fd, uint32_t block_size)
{
	*o = (struct ext4_out){ .fd = fd, .block_size = block_size };
	if (fd >= 0)
		o->stage = xmalloc(STAGE);
}

void ext4_out_release(struct ext4_out *o)
{
	free(o->stage);
	*o = (struct ext4_out){ .fd = -1 };
}

int ext4_out_write(const struct ext4_out *o, uint64_t at, const void *data,
		   size_t len, struct vc_error *err)
{
	const char *p = data;

	while (len) {
		ssize_t n = pwrite(o->fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vc_fail(err, errno, "cannot write the image");
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int ext4_out_flush(struct ext4_out *o, struct vc_error *err)
{
	size_t len = o->len;

	o->len = 0;
	return len ? ext4_out_write(o, o->at, o->stage, len, err) : 0;
}

/* The stage goes on at `at`; returns how much room it has, or -1. */
static ssize_t stage_for(struct ext4_out *o, uint64_t at, struct vc_error *err)
{
	uint64_t end = o->at + o->len;

	if (o->len && at >= end && at - end < o->block_size &&
	    o->len + (at - end) < STAGE) {
		memset(o->stage + o->len, 0, (size_t)(at - end));
		o->len += (size_t)(at - end);
	} else {
		if (ext4_out_flush(o, err) < 0)
			return -1;
		o->at = at;
	}
	return (ssize_t)(STAGE - o->len);
}

int ext4_out_put(struct ext4_out *o, uint64_t at, const void *data, size_t len,
		 struct vc_error *err)
{
	const char *p = data;

	while (o->fd >= 0 && len) {
		ssize_t room = stage_for(o, at, err);
		size_t n = len < (size_t)room ? len : (size_t)room;

		if (room < 0)
			return -1;
		memcpy(o->stage + o->len, p, n);
		o->len += n;
		p += n;
		at += n;
		len -= n;
	}
	return 0;
}

/* As much as the kernel copies by itself, which may be nothing; -1 on a
 * failure to write. */
static ssize_t copy_directly(const struct ext4_out *o, uint64_t at, int fd,
			     uint64_t from, uint64_t len, struct vc_error *err)
{
	off_t in = (off_t)from, out = (off_t)at;
	uint64_t left = len;

	while (left) {
		ssize_t n = copy_file_range(fd, &in, o->fd, &out,
					    left < 1u << 30 ? left : 1u << 30, 0);

		if (n < 0 && (errno == ENOSPC || errno == EFBIG ||
			      errno == EDQUOT))
			return vc_fail(err, errno, "cannot write the image");
		if (n <= 0)
			break;
		left -= (uint64_t)n;
	}
	return (ssize_t)(len - left);
}

static ssize_t read_piece(int fd, void *data, size_t len, uint64_t from,
			  struct vc_error *err)
{
	ssize_t n;

	do
		n = pread(fd, data, len, (off_t)from);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return vc_fail(err, errno, "cannot read its data");
	if (!n)
		return vc_fail(err, 0, "its data has become shorter");
	return n;
}

int ext4_out_copy(struct ext4_out *o, uint64_t at, int fd, uint64_t from,
		  uint64_t len, struct vc_error *err)
{
	if (o->fd >= 0 && len >= DIRECT) {
		ssize_t n;

		if (ext4_out_flush(o, err) < 0)
			return -1;
		n = copy_directly(o, at, fd, from, len, err);
		if (n < 0)
			return -1;
		at += (uint64_t)n;
		from += (uint64_t)n;
		len -= (uint64_t)n;
	}
	while (o->fd >= 0 && len) {
		ssize_t n = stage_for(o, at, err);

		if (n < 0)
			return -1;
		n = read_piece(fd, o->stage + o->len,
			       len < (uint64_t)n ? (size_t)len : (size_t)n, from,
			       err);
		if (n < 0)
			return -1;
		o->len += (size_t)n;
		at += (uint64_t)n;
		from += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}
