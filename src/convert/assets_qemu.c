/*
 * --vm qemu: our kernel as it is, and our initramfs with one file more, by
 * which init knows that it boots an image and how that wants to be run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/initramfs.h"
#include "convert/stop_signal.h"
#include "vc/convert.h"
#include "vc/io.h"
#include "vc/msg.h"
#include "vc/util.h"

#define IMAGE_FILE "vcontainer.image"

/* A file being written, and its digest. */
struct output {
	int fd;
	const char *name;
	uint64_t size;
	struct hash *hash;
};

static int output_write(struct output *o, const void *data, size_t len,
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

static int output_open(struct output *o, int dirfd, const char *name,
		       struct vc_error *err)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0644);

	if (fd < 0) {
		vc_fail(err, errno, "cannot create '%s'", name);
		err->status = CONVERT_EXIT_OUTPUT;
		return -1;
	}
	*o = (struct output){ fd, name, 0, hash_new(HASH_SHA256) };
	return 0;
}

static void output_close(struct output *o, char ret_sha256[65])
{
	char hex[HASH_HEX_MAX];

	hash_finish(o->hash, hex);
	memcpy(ret_sha256, hex, 64);
	ret_sha256[64] = '\0';
	hash_free(o->hash);
	close(o->fd);
}

static int copy(const char *path, struct output *o, struct vc_error *err)
{
	_cleanup_close_ int in = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *chunk = xmalloc(1u << 20);
	ssize_t n;

	if (in < 0) {
		vc_fail(err, errno, "cannot open '%s': build the guest's files "
			"with 'make guest', or name others", path);
		err->status = CONVERT_EXIT_GUEST;
		return -1;
	}
	while ((n = read_full(in, chunk, 1u << 20, err)) > 0)
		if (output_write(o, chunk, (size_t)n, err) < 0)
			return -1;
	return n < 0 ? vc_wrap(err, "'%s'", path) : 0;
}

/* What mount(2) calls it. */
static const char *mount_type(enum fs_kind kind)
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

static int describe(const struct convert *c, const struct image_runtime *run,
		    struct buf *ret, struct vc_error *err)
{
	struct msg_image m = { .env = run->env,
			       .workdir = run->workdir ? run->workdir :
							 (char[]){ "/" },
			       .user = run->user,
			       .fs = (char *)(uintptr_t)mount_type(c->fs) };

	if (!m.fs)
		return vc_fail_usage(err, "an archive is no disk to boot from: "
				     "choose another '--fs'");
	if (stop_signal_parse(run->stop_signal, &m.stop_signal, err) < 0) {
		err->status = CONVERT_EXIT_SOURCE;
		return -1;
	}
	strv_add_all(&m.argv, run->entrypoint.v);
	strv_add_all(&m.argv, run->cmd.v);
	msg_image_put(ret, &m);
	strv_release(&m.argv);
	return 0;
}

static int write_initramfs(const char *base, const struct buf *image,
			   struct output *o, struct vc_error *err)
{
	_cleanup_buf_ struct buf segment = BUF_INIT;

	if (copy(base, o, err) < 0)
		return -1;
	initramfs_segment(&segment, o->size, IMAGE_FILE, buf_ptr(image),
			  image->len);
	return output_write(o, buf_ptr(&segment), segment.len, err);
}

static char *choose(const char *named, const struct convert *c,
		    const char *name)
{
	return named ? xstrdup(named) : path_join(c->our_guest, name);
}

int assets_qemu(const struct convert *c, struct convert_result *r, int dirfd,
		struct vc_error *err)
{
	_cleanup_free_ char *kernel = choose(c->kernel, c, "kernel");
	_cleanup_free_ char *base = choose(c->initramfs, c, "initramfs");
	_cleanup_buf_ struct buf image = BUF_INIT;
	struct output o;
	int failed;

	if (describe(c, &r->runtime, &image, err) < 0 ||
	    output_open(&o, dirfd, "kernel", err) < 0)
		return -1;
	failed = copy(kernel, &o, err);
	output_close(&o, r->kernel_sha256);
	if (failed || output_open(&o, dirfd, "initramfs", err) < 0)
		return -1;
	failed = write_initramfs(base, &image, &o, err);
	output_close(&o, r->initramfs_sha256);
	if (failed)
		return -1;
	r->kernel = "kernel";
	r->initramfs = "initramfs";
	return 0;
}
