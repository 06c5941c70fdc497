/*
 * Superblock fields by offset: Linux Documentation/filesystems/ext4/super.rst
 */
#include "ext4.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vc/util.h"

#define SUPER_OFFSET 1024
#define SUPER_SIZE 1024

#define S_BLOCKS_COUNT_LO 0x04
#define S_LOG_BLOCK_SIZE 0x18
#define S_MAGIC 0x38
#define S_STATE 0x3a
#define S_FEATURE_INCOMPAT 0x60
#define S_BLOCKS_COUNT_HI 0x150

#define MAGIC 0xef53
#define STATE_VALID 1
#define STATE_ERROR 2
#define INCOMPAT_RECOVER 0x4
#define INCOMPAT_64BIT 0x80

/* linux/fs/ext4/ext4.h; in no header for user space */
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)

/* Growing by less than this is not worth a word to the disk. */
#define GROW_MIN (128u * 1024u * 1024u)

static uint32_t le(const uint8_t *p, int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

int ext4_read_super(const char *device, struct ext4_super *ret,
		    struct vc_error *err)
{
	_cleanup_close_ int fd = open(device, O_RDONLY | O_CLOEXEC);
	uint8_t s[SUPER_SIZE];
	uint32_t state, incompat, log;
	uint64_t blocks;

	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", device);
	if (pread(fd, s, sizeof(s), SUPER_OFFSET) != (ssize_t)sizeof(s))
		return vc_fail(err, errno, "cannot read '%s'", device);
	log = le(s + S_LOG_BLOCK_SIZE, 4);
	if (le(s + S_MAGIC, 2) != MAGIC || log > 6)
		return vc_fail(err, 0, "no ext4 file system");
	state = le(s + S_STATE, 2);
	incompat = le(s + S_FEATURE_INCOMPAT, 4);
	blocks = le(s + S_BLOCKS_COUNT_LO, 4);
	if (incompat & INCOMPAT_64BIT)
		blocks |= (uint64_t)le(s + S_BLOCKS_COUNT_HI, 4) << 32;
	ret->clean = (state & STATE_VALID) && !(state & STATE_ERROR) &&
		     !(incompat & INCOMPAT_RECOVER);
	ret->block_size = 1024u << log;
	ret->bytes = blocks * ret->block_size;
	return 0;
}

int ext4_grow(const char *mountpoint, const char *device,
	      const struct ext4_super *super, struct vc_error *err)
{
	_cleanup_close_ int disk = open(device, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int dir = open(mountpoint,
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t size, blocks;

	if (disk < 0 || dir < 0 || ioctl(disk, BLKGETSIZE64, &size) < 0)
		return vc_fail(err, errno, "cannot get the size of '%s'",
			       device);
	if (size < super->bytes + GROW_MIN)
		return 0;
	blocks = size / super->block_size;
	if (ioctl(dir, EXT4_IOC_RESIZE_FS, &blocks) < 0)
		return vc_fail(err, errno, "cannot grow '%s'", mountpoint);
	return 0;
}
