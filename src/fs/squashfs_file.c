/* An image file as libsquashfs wants one. */
#include "squashfs_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/util.h"

static int file_failed(struct squashfs_file *f, int errnum)
{
	if (!f->errnum)
		f->errnum = errnum;
	return SQFS_ERROR_IO;
}

static int read_at(sqfs_file_t *base, sqfs_u64 offset, void *buffer,
		   size_t size)
{
	struct squashfs_file *f = (struct squashfs_file *)base;
	char *p = buffer;

	if (offset > f->size || size > f->size - offset)
		return SQFS_ERROR_OUT_OF_BOUNDS;
	while (size) {
		ssize_t n = pread(f->fd, p, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_failed(f, errno);
		if (n == 0)
			return SQFS_ERROR_OUT_OF_BOUNDS;
		p += n;
		offset += (sqfs_u64)n;
		size -= (size_t)n;
	}
	return 0;
}

static int write_at(sqfs_file_t *base, sqfs_u64 offset, const void *buffer,
		    size_t size)
{
	struct squashfs_file *f = (struct squashfs_file *)base;
	const char *p = buffer;

	while (size) {
		ssize_t n = pwrite(f->fd, p, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_failed(f, errno);
		p += n;
		offset += (sqfs_u64)n;
		size -= (size_t)n;
	}
	if (offset > f->size)
		f->size = offset;
	return 0;
}

static sqfs_u64 get_size(const sqfs_file_t *base)
{
	return ((const struct squashfs_file *)base)->size;
}

static int truncate_to(sqfs_file_t *base, sqfs_u64 size)
{
	struct squashfs_file *f = (struct squashfs_file *)base;

	if (ftruncate(f->fd, (off_t)size) < 0)
		return file_failed(f, errno);
	f->size = size;
	return 0;
}

static void file_destroy(sqfs_object_t *base)
{
	struct squashfs_file *f = (struct squashfs_file *)base;

	close(f->fd);
	free(f);
}

struct squashfs_file *squashfs_file_open(const char *path, int flags,
					 struct vc_error *err)
{
	struct squashfs_file *f;
	struct stat st;
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0) {
		vc_fail(err, errno, "cannot open '%s'", path);
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		vc_fail(err, 0, "'%s' is not a regular file", path);
		close(fd);
		return NULL;
	}
	f = xcalloc(1, sizeof(*f));
	f->base.base.destroy = file_destroy;
	f->base.read_at = read_at;
	f->base.write_at = write_at;
	f->base.get_size = get_size;
	f->base.truncate = truncate_to;
	f->fd = fd;
	f->size = (uint64_t)st.st_size;
	return f;
}

static const char *error_words(int code)
{
	switch (code) {
	case SQFS_ERROR_COMPRESSOR:
		return "the compressor failed";
	case SQFS_ERROR_CORRUPTED:
	case SQFS_ERROR_OUT_OF_BOUNDS:
		return "the image is damaged";
	case SQFS_ERROR_UNSUPPORTED:
		return "not supported by libsquashfs";
	case SQFS_ERROR_OVERFLOW:
		return "a number is too large for squashfs";
	case SFQS_ERROR_SUPER_MAGIC:
		return "not a squashfs image";
	case SFQS_ERROR_SUPER_VERSION:
		return "not version 4.0 of squashfs";
	case SQFS_ERROR_SUPER_BLOCK_SIZE:
		return "the block size of the image is wrong";
	default:
		return NULL;
	}
}

int squashfs_fail(struct vc_error *err, const struct squashfs_file *f,
		  int code, const char *doing)
{
	const char *words = error_words(code);

	if (code == SQFS_ERROR_ALLOC)
		vc_oom();
	if (code == SQFS_ERROR_IO && f && f->errnum)
		return vc_fail(err, f->errnum, "cannot %s", doing);
	if (words)
		return vc_fail(err, 0, "cannot %s: %s", doing, words);
	return vc_fail(err, 0, "cannot %s: error %d of libsquashfs", doing,
		       code);
}
