/*
 * --vm gondolin: our kernel and our initramfs, marked as a guest of
 * Gondolin's; or both as they are from a guest directory of its own.
 */
#include <string.h>

#include "convert/asset_out.h"
#include "convert/guest_base.h"
#include "vc/convert.h"
#include "vc/util.h"

/* guest/gondolin.h has the path; it holds the root's type. */
#define MARK "vcontainer.gondolin"

static int put_base(const struct convert *c, struct convert_result *r,
		    int dirfd, struct vc_error *err)
{
	_cleanup_guest_base_ struct guest_base b = { 0 };

	if (guest_base_open(c->guest_dir, c->arch, &b, err) < 0)
		return -1;
	if (asset_put(dirfd, "kernel", c->kernel ? c->kernel : b.kernel,
		      r->kernel_sha256, err) < 0)
		return -1;
	return asset_put(dirfd, "initramfs",
			 c->initramfs ? c->initramfs : b.initramfs,
			 r->initramfs_sha256, err);
}

static int put_ours(const struct convert *c, struct convert_result *r,
		    int dirfd, struct vc_error *err)
{
	_cleanup_free_ char *kernel = asset_path(c->kernel, c, "kernel");
	_cleanup_free_ char *base = asset_path(c->initramfs, c, "initramfs");
	const char *type = asset_mount_type(c->fs);

	if (!type)
		return vc_fail_usage(err, "an archive is no disk to boot from: "
				     "choose another '--fs'");
	if (asset_put(dirfd, "kernel", kernel, r->kernel_sha256, err) < 0)
		return -1;
	return asset_put_initramfs(dirfd, "initramfs", base, MARK, type,
				   strlen(type), r->initramfs_sha256, err);
}

int assets_gondolin(const struct convert *c, struct convert_result *r,
		    int dirfd, struct vc_error *err)
{
	bool base = c->agent == AGENT_BASE && c->guest_dir;

	if ((base ? put_base : put_ours)(c, r, dirfd, err) < 0)
		return -1;
	r->kernel = "kernel";
	r->initramfs = "initramfs";
	return 0;
}
