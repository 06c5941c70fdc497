/* See asset_out.h. */
#include "convert/asset_out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "convert/initramfs.h"
#include "vc/io.h"
#include "vc/util.h"

#define CHUNK (1u << 20)

int asset_write(struct asset_out *o, const void *data, size_t len,
		struct vc_error *err)
{
	hash_update(o->hash, data, len);
	o->size += len;
	if (write_all(o->fd, data, len, err) < 0) {
		err->status = CONVERT_EXIT_OUTPUT;
		return vc_wrap(err, "'%s'", o->name);
	}
	return 0;
}

int asset_open(struct asset_out *o, int dirfd, const char *name,
	       struct vc_error *err)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0644);

	if (fd < 0) {
		vc_fail(err, errno, "cannot create '%s'", name);
		err->status = CONVERT_EXIT_OUTPUT;
		return -1;
	}
	*o = (struct asset_out){ fd, name, 0, hash_new(HASH_SHA256) };
	return 0;
}

void asset_close(struct asset_out *o, char ret_sha256[65])
{
	char hex[HASH_HEX_MAX];

	hash_finish(o->hash, hex);
	memcpy(ret_sha256, hex, 64);
	ret_sha256[64] = '\0';
	hash_free(o->hash);
	close(o->fd);
}

int asset_copy(struct asset_out *o, const char *path, struct vc_error *err)
{
	_cleanup_close_ int in = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	ssize_t n;

	if (in < 0) {
		vc_fail(err, errno, "cannot open '%s': build the guest's files "
			"with 'make guest', or name others", path);
		err->status = CONVERT_EXIT_GUEST;
		return -1;
	}
	while ((n = read_full(in, chunk, CHUNK, err)) > 0)
		if (asset_write(o, chunk, (size_t)n, err) < 0)
			return -1;
	return n < 0 ? vc_wrap(err, "'%s'", path) : 0;
}

int asset_put(int dirfd, const char *name, const char *path,
	      char ret_sha256[65], struct vc_error *err)
{
	struct asset_out o;
	int failed;

	if (asset_open(&o, dirfd, name, err) < 0)
		return -1;
	failed = asset_copy(&o, path, err);
	asset_close(&o, ret_sha256);
	return failed;
}

static int copy_with_file(struct asset_out *o, const char *path,
			  const char *file, const void *data, size_t len,
			  struct vc_error *err)
{
	_cleanup_buf_ struct buf segment = BUF_INIT;

	if (asset_copy(o, path, err) < 0)
		return -1;
	initramfs_segment(&segment, o->size, file, data, len);
	return asset_write(o, buf_ptr(&segment), segment.len, err);
}

int asset_put_initramfs(int dirfd, const char *name, const char *path,
			const char *file, const void *data, size_t len,
			char ret_sha256[65], struct vc_error *err)
{
	struct asset_out o;
	int failed;

	if (asset_open(&o, dirfd, name, err) < 0)
		return -1;
	failed = copy_with_file(&o, path, file, data, len, err);
	asset_close(&o, ret_sha256);
	return failed;
}

const char *asset_mount_type(enum fs_kind kind)
{
	switch (kind) {
	case FS_EXT4:
		return "ext4";
	case FS_SQUASHFS:
		return "squashfs";
	case FS_EROFS:
		return "erofs";
	case FS_TAR:
	case FS_CPIO:
		break;
	}
	return NULL;
}

char *asset_path(const char *named, const struct convert *c, const char *name)
{
	return named ? xstrdup(named) : path_join(c->our_guest, name);
}
