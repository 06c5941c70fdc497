/* A raw image as qcow2, by qemu-img: clusters of zeros are left out. */
#include "vc/fs.h"
#include "vc/spawn.h"
#include "vc/util.h"

/* A name with a ':' before any '/' would be a protocol, one with a '-' first
 * an option. */
static void add_path(struct strv *argv, const char *path)
{
	strv_addf(argv, "%s%s", *path == '/' ? "" : "./", path);
}

int fs_make_qcow2(const char *raw, const char *path, struct vc_error *err)
{
	_cleanup_free_ char *qemu_img =
		find_program("qemu-img", "qemu-utils", err);
	_cleanup_strv_ struct strv argv = STRV_INIT;

	if (!qemu_img)
		return -1;
	strv_add(&argv, qemu_img);
	/* version 3, as new as any QEMU of ours; named, so that another
	 * default gives no other bytes */
	strv_add_all(&argv, (char *[]){ "convert", "-f", "raw", "-O", "qcow2",
					"-o", "compat=1.1,cluster_size=65536",
					NULL });
	add_path(&argv, raw);
	add_path(&argv, path);
	return run_program(&argv, err);
}
