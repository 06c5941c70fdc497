/*
 * The root of an image: its file system as it is, with what a container finds
 * below it.  Its own /run and /tmp stay, for what the image brings there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "image.h"
#include "inside.h"
#include "module.h"
#include "mounts.h"
#include "root.h"
#include "vc/util.h"

static int mount_ext4(const char *device, struct vc_error *err)
{
	struct mount_entry m = { device, ROOT_NEW, "ext4", 0, NULL };

	if (mount_one(&m, err) == 0)
		return 0;
	/* a disk that cannot be written to is as good as one of squashfs */
	if (err->errnum != EROFS && err->errnum != EACCES)
		return -1;
	vc_error_release(err);
	return root_overlay(device, "ext4", err);
}

static int mount_image(const char *device, const char *type,
		       struct vc_error *err)
{
	if (str_eq(type, "ext4"))
		return mount_ext4(device, err);
	if (str_eq(type, "erofs"))
		modules_load("/modules/image");
	else if (!str_eq(type, "squashfs"))
		return vc_fail(err, 0, "a root of type '%.20s' is unknown here",
			       type);
	return root_overlay(device, type, err);
}

/* By descriptor, so that no link of the image can move the mount elsewhere. */
static int move_to(int root, const char *from, struct vc_error *err)
{
	_cleanup_close_ int fd = inside_dir(root, from + 1, 0755, err);
	_cleanup_free_ char *to = xasprintf("/proc/self/fd/%d", fd);

	if (fd < 0)
		return vc_wrap(err, "cannot mount '%s'", from);
	if (mount(from, to, NULL, MS_MOVE, NULL) < 0)
		return vc_fail(err, errno, "cannot move '%s'", from);
	return 0;
}

/* /proc last: the others are named through it. */
static int move_mounts(struct vc_error *err)
{
	static const char *const moved[] = { "/dev", "/sys", "/proc" };
	_cleanup_close_ int root = open(ROOT_NEW, O_RDONLY | O_DIRECTORY |
							  O_CLOEXEC);

	if (root < 0)
		return vc_fail(err, errno, "cannot open the root");
	for (size_t i = 0; i < ARRAY_SIZE(moved); i++)
		if (move_to(root, moved[i], err) < 0)
			return -1;
	return 0;
}

static bool is_empty(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool empty = d != NULL;
	struct dirent *e;

	while (d && empty && (e = readdir(d)))
		empty = str_eq(e->d_name, ".") || str_eq(e->d_name, "..");
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	return empty;
}

/* Where the image has nothing in it, what is written there ends with the VM. */
static void mount_run(void)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int run = inside_dir(root, "run", 0755, &err);
	_cleanup_free_ char *to = xasprintf("/proc/self/fd/%d", run);

	if (run >= 0 && is_empty(run) &&
	    mount("run", to, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
		vc_fail(&err, errno, "cannot mount /run");
	if (err.msg)
		console_log("%s", err.msg);
}

int image_root(const char *device, const char *type, struct vc_error *err)
{
	if (mount_image(device, type, err) < 0)
		return vc_wrap(err, "cannot mount the image's root");
	if (move_mounts(err) < 0 || root_enter(err) < 0)
		return -1;
	mount_run();
	return mount_devices(err);
}
