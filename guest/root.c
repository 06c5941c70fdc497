/* The root: a squashfs, and over it a tmpfs for whatever changes. */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "mounts.h"
#include "vc/io.h"
#include "vc/util.h"

int root_overlay(const char *device, const char *type, struct vc_error *err)
{
	const struct mount_entry below[] = {
		{ device, "/lower", type, MS_RDONLY | MS_NODEV, NULL },
		{ "rw", "/rw", "tmpfs", MS_NODEV, "size=50%,mode=0755" },
	};
	static const struct mount_entry overlay = {
		"root", ROOT_NEW, "overlay", 0,
		"lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work"
	};

	for (size_t i = 0; i < ARRAY_SIZE(below); i++)
		if (mount_one(&below[i], err) < 0)
			return -1;
	if (mkdir("/rw/upper", 0755) < 0 || mkdir("/rw/work", 0755) < 0)
		return vc_fail(err, errno, "cannot make the upper directory");
	if (mount_one(&overlay, err) < 0)
		return -1;
	/* the overlay holds them; nobody else need see them */
	umount2("/lower", MNT_DETACH);
	umount2("/rw", MNT_DETACH);
	return 0;
}

static int move_mounts(struct vc_error *err)
{
	static const char *const moved[] = { "/proc", "/sys", "/dev" };

	for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
		_cleanup_free_ char *to = xasprintf(ROOT_NEW "%s", moved[i]);

		if (mkdir(to, 0755) < 0 && errno != EEXIST)
			return vc_fail(err, errno, "cannot create '%s'", to);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL) < 0)
			return vc_fail(err, errno, "cannot move '%s'",
				       moved[i]);
	}
	return 0;
}

/* The initramfs stays mounted below; its files would stay in memory. */
static void free_initramfs(void)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || remove_tree_at(fd, "init", &err) < 0 ||
	    remove_tree_at(fd, "modules", &err) < 0 ||
	    remove_tree_at(fd, "vcontainer.image", &err) < 0)
		console_log("cannot free the initramfs: %s",
			    err.msg ? err.msg : strerror(errno));
}

int root_enter(struct vc_error *err)
{
	free_initramfs();
	if (chdir(ROOT_NEW) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		return vc_fail(err, errno, "cannot switch to the root");
	return 0;
}

int root_switch(const char *device, struct vc_error *err)
{
	if (root_overlay(device, "squashfs", err) < 0)
		return vc_wrap(err, "cannot set up the root from '%s'", device);
	if (move_mounts(err) < 0 || root_enter(err) < 0)
		return -1;
	/* as after any boot: mounts propagate, engines expect to be able to */
	if (mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) < 0)
		return vc_fail(err, errno, "cannot share the root's mounts");
	return mount_system(err);
}
