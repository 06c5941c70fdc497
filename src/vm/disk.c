/*
 * The state disk: a sparse raw ext4 image, made by mke2fs on the host, where
 * that takes a moment; the guest checks, mounts and grows it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/spawn.h"
#include "vc/util.h"
#include "vm/state.h"

static int make_disk(const char *tmp, uint64_t size, struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_free_ char *mke2fs = find_program("mke2fs", "e2fsprogs", err);
	_cleanup_close_ int fd = -1;

	if (!mke2fs)
		return -1;
	fd = open(tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return vc_fail(err, errno, "cannot create '%s'", tmp);
	strv_add(&argv, mke2fs);
	/* tables are written when first used: a new disk takes a few MB.
	 * Zeroes are what a sparse file reads as, so nothing needs writing. */
	strv_add_all(&argv, (char *[]){ "-q", "-F", "-t", "ext4", "-m", "0", "-b",
					"4096", "-L", "vcontainer", "-E",
					"lazy_itable_init=1,lazy_journal_init=1,"
					"root_owner=0:0,nodiscard,"
					"assume_storage_prezeroed=1",
					NULL });
	strv_add(&argv, tmp);
	return run_program(&argv, err);
}

int state_disk(const char *dir, uint64_t size, bool fixed, struct vc_error *err)
{
	_cleanup_free_ char *path = path_join(dir, STATE_DISK);
	_cleanup_free_ char *tmp = xasprintf("%s.tmp", path);
	struct stat st;

	if (lstat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return vc_fail(err, 0, "'%s' is not a regular file", path);
		if (fixed && (uint64_t)st.st_size > size)
			return vc_fail(err, 0, "'%s' is already %llu MiB large and cannot "
				       "shrink: use a larger '--disk'", STATE_DISK,
				       (unsigned long long)st.st_size >> 20);
		if ((uint64_t)st.st_size < size && truncate(path, (off_t)size) < 0)
			return vc_fail(err, errno, "cannot grow '%s'", path);
		return 0;
	}
	if (errno != ENOENT)
		return vc_fail(err, errno, "cannot open '%s'", path);
	if (make_disk(tmp, size, err) < 0) {
		unlink(tmp);
		return -1;
	}
	if (rename(tmp, path) < 0) {
		vc_fail(err, errno, "cannot create '%s'", path);
		unlink(tmp);
		return -1;
	}
	return 0;
}
