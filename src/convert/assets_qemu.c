/*
 * --vm qemu: our kernel as it is, and our initramfs with one file more, by
 * which init knows that it boots an image and how that wants to be run.
 */
#include <stdint.h>

#include "convert/asset_out.h"
#include "convert/stop_signal.h"
#include "vc/convert.h"
#include "vc/io.h"
#include "vc/msg.h"
#include "vc/util.h"

#define IMAGE_FILE "vcontainer.image"

static int describe(const struct convert *c, const struct image_runtime *run,
		    struct buf *ret, struct vc_error *err)
{
	struct msg_image m = { .env = run->env,
			       .workdir = run->workdir ? run->workdir :
							 (char[]){ "/" },
			       .user = run->user,
			       .fs = (char *)(uintptr_t)asset_mount_type(c->fs) };

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

int assets_qemu(const struct convert *c, struct convert_result *r, int dirfd,
		struct vc_error *err)
{
	_cleanup_free_ char *kernel = asset_path(c->kernel, c, "kernel");
	_cleanup_free_ char *base = asset_path(c->initramfs, c, "initramfs");
	_cleanup_buf_ struct buf image = BUF_INIT;

	if (describe(c, &r->runtime, &image, err) < 0 ||
	    asset_put(dirfd, "kernel", kernel, r->kernel_sha256, err) < 0 ||
	    asset_put_initramfs(dirfd, "initramfs", base, IMAGE_FILE,
				buf_ptr(&image), image.len,
				r->initramfs_sha256, err) < 0)
		return -1;
	r->kernel = "kernel";
	r->initramfs = "initramfs";
	return 0;
}
