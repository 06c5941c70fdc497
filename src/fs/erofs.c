/*
 * The erofs writer: mkfs.erofs, fed a tar of the tree.
 *
 * Needs erofs-utils 1.8: 1.7 reads tars too, but has no way to set the time
 * of the file system without setting all files' times.  Data is compressed
 * with lz4hc, which every kernel with erofs can read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "tar.h"
#include "vc/io.h"
#include "vc/spawn.h"
#include "vc/util.h"

/* Blocks are the page size of the kernel that mounts, 4 KiB on all of ours,
 * whatever the host has. */
#define COMMON_OPTIONS "--tar=f", "--mkfs-time", "-b4096", "--quiet"

/* Options are read in order, so "-V" is reached only where the others are
 * known; it prints the version and succeeds. */
static int check_version(const char *mkfs, struct vc_error *err)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	_cleanup_strv_ struct strv argv = STRV_INIT;

	strv_add(&argv, mkfs);
	strv_add_all(&argv, (char *[]){ COMMON_OPTIONS, "-V", NULL });
	if (run_program(&argv, &ignored) == 0)
		return 0;
	return vc_fail(err, 0, "'%s' is too old: mkfs.erofs 1.8 or later is "
			       "needed (Debian 13 has it); a squashfs "
			       "can be written here",
		       mkfs);
}

static void add_uuid(struct strv *argv, const uint8_t u[16])
{
	strv_addf(argv, "-U%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
			"%02x%02x%02x%02x%02x%02x",
		  u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9],
		  u[10], u[11], u[12], u[13], u[14], u[15]);
}

/* A file that has no name beside the image, filled with the tar. */
static int make_tar(const struct tree *t, const char *path, struct vc_error *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir =
		slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	_cleanup_close_ int fd = open_unnamed(dir, err);

	if (fd < 0 || tar_write_fd(t, fd, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return vc_fail(err, errno, "cannot read the tar again");
	return steal_fd(&fd);
}

static int run_mkfs(const char *mkfs, const struct fs_options *o, int tar,
		    const char *path, struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;

	strv_add(&argv, mkfs);
	strv_add_all(&argv, (char *[]){ COMMON_OPTIONS, "-zlz4hc", NULL });
	strv_addf(&argv, "-T%lld", (long long)(o->epoch < 0 ? 0 : o->epoch));
	add_uuid(&argv, o->uuid);
	if (o->label && *o->label)
		strv_addf(&argv, "-L%s", o->label);
	if (o->threads)
		strv_addf(&argv, "--workers=%u", o->threads);
	strv_addf(&argv, "%s%s", *path == '/' ? "" : "./", path);
	/* without a source it reads the tar from stdin */
	return run_program_from(&argv, tar, err);
}

int erofs_write(const struct tree *t, const struct fs_options *o,
		const char *path, struct vc_error *err)
{
	_cleanup_free_ char *mkfs = find_program("mkfs.erofs", "erofs-utils", err);
	_cleanup_close_ int tar = -1;

	if (!mkfs || check_version(mkfs, err) < 0)
		return -1;
	tar = make_tar(t, path, err);
	if (tar < 0 || run_mkfs(mkfs, o, tar, path, err) < 0)
		return vc_wrap(err, "'%s'", path);
	return 0;
}
