/* The file that is the guest's memory. */
#include "vm/suspended.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/util.h"

/*
 * All of it is reserved while the VM runs: a page that finds no room on a full
 * disk would end QEMU.  1, or 0 where there is no such room; a file system
 * that cannot reserve is as good as one that has room.
 */
static int reserve(int fd, uint64_t size)
{
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) == 0)
		return 1;
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? 0 : 1;
}

int suspended_make_ram(uint64_t size, struct vc_error *err)
{
	_cleanup_close_ int fd = -1;

	suspended_drop();
	fd = open(STATE_RAM, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return vc_fail(err, errno, "cannot create '%s'", STATE_RAM);
	if (reserve(fd, size))
		return 1;
	unlink(STATE_RAM);
	return 0;
}

/* What the guest never touched takes no room any more. */
void suspended_give_back(void)
{
	_cleanup_close_ int fd = open(STATE_RAM, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	off_t hole = 0, data, end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	while (hole < end) {
		hole = lseek(fd, hole, SEEK_HOLE);
		if (hole < 0 || hole >= end)
			return;
		data = lseek(fd, hole, SEEK_DATA);
		if (data < 0)
			data = end;
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      hole, data - hole) < 0)
			return;
		hole = data;
	}
}

/* Without room the VM goes on all the same: it has all it had. */
void suspended_reserve(void)
{
	_cleanup_close_ int fd = open(STATE_RAM, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		reserve(fd, (uint64_t)st.st_size);
}
