/*
 * What a VM writes to a root disk that must stay as it is: a qcow2 of the
 * same size, put over the disk on QEMU's command line and thrown away with
 * the state directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/spawn.h"
#include "vc/util.h"
#include "vm/state.h"

/* QEMU's docs/interop/qcow2.txt, "Header" */
#define QCOW2_HEADER 104
#define QCOW2_DATA_FILE 4u /* incompatible feature: the data are elsewhere */

static uint64_t be(const uint8_t *p, int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

/* A disk that leads to another file would hand the guest that file. */
static int qcow2_size(int fd, const char *path, uint64_t *ret,
		      struct vc_error *err)
{
	uint8_t h[QCOW2_HEADER] = { 0 };
	ssize_t n = read_full(fd, h, sizeof(h), err);
	uint64_t version = be(h + 4, 4);

	if (n < 0)
		return vc_wrap(err, "'%s'", path);
	if (memcmp(h, "QFI\xfb", 4) || (version != 2 && version != 3))
		return vc_fail(err, 0, "'%s' is no qcow2 image", path);
	if (be(h + 8, 8) || (version == 3 && be(h + 72, 8) & QCOW2_DATA_FILE))
		return vc_fail(err, 0, "'%s' names another file as its data: a "
			       "root disk has to stand alone", path);
	*ret = be(h + 24, 8);
	return 0;
}

static int disk_size(const char *path, const char *format, uint64_t *ret,
		     struct vc_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return vc_fail(err, 0, "'%s' is not a regular file", path);
	if (str_eq(format, "qcow2"))
		return qcow2_size(fd, path, ret, err);
	*ret = (uint64_t)st.st_size;
	return 0;
}

int state_overlay(const char *dir, const char *root, const char *format,
		  struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_free_ char *qemu_img = find_program("qemu-img", "qemu-utils",
						     err);
	_cleanup_free_ char *path = path_join(dir, STATE_OVERLAY);
	uint64_t size = 0;

	if (!qemu_img || disk_size(root, format, &size, err) < 0)
		return -1;
	strv_add(&argv, qemu_img);
	strv_add_all(&argv, (char *[]){ "create", "-q", "-f", "qcow2", NULL });
	strv_add(&argv, path);
	strv_addf(&argv, "%llu", (unsigned long long)size);
	return run_program(&argv, err);
}
