/* What is mounted where; see mounts.h. */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "vc/io.h"
#include "vc/util.h"

#define NODEV_ETC (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct mount_entry early[] = {
	{ "proc", "/proc", "proc", NODEV_ETC, NULL },
	{ "sysfs", "/sys", "sysfs", NODEV_ETC, NULL },
	{ "devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755" },
};

static const struct mount_entry devices[] = {
	{ "devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
	  "newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "mqueue", "/dev/mqueue", "mqueue", NODEV_ETC, NULL },
	{ "cgroup2", "/sys/fs/cgroup", "cgroup2", NODEV_ETC,
	  "nsdelegate,memory_recursiveprot" },
};

static const struct mount_entry system_mounts[] = {
	{ "run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755" },
	{ "tmp", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "bpf", "/sys/fs/bpf", "bpf", NODEV_ETC, "mode=0700" },
};

int write_text(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(text);

	return fd >= 0 && write(fd, text, n) == (ssize_t)n ? 0 : -1;
}

int write_new(const char *path, const char *text)
{
	_cleanup_error_ struct vc_error err = { 0 };

	return write_file_at(AT_FDCWD, path, 0644, text, strlen(text), &err);
}

int mount_one(const struct mount_entry *m, struct vc_error *err)
{
	/* below sysfs the directory is there, and cannot be made */
	if (mkdir(m->target, 0755) < 0 && errno != EEXIST && errno != EPERM)
		return vc_fail(err, errno, "cannot create '%s'", m->target);
	if (mount(m->source, m->target, m->type, m->flags, m->data) < 0 &&
	    errno != EBUSY)
		return vc_fail(err, errno, "cannot mount %s on '%s'", m->source,
			       m->target);
	return 0;
}

int mount_early(struct vc_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(early); i++)
		if (mount_one(&early[i], err) < 0)
			return -1;
	return 0;
}

/*
 * The agent goes to a group of its own: engines make their groups below the
 * root group, which may hold no process while it hands out controllers in a
 * name space of its own.
 */
static void set_up_cgroups(void)
{
	static const char *const controllers[] = { "+cpuset", "+cpu",	"+io",
						   "+memory", "+hugetlb", "+pids",
						   "+rdma",   "+misc" };

	if (mkdir("/sys/fs/cgroup/init", 0755) < 0 && errno != EEXIST)
		console_log("cannot make a cgroup: %s", strerror(errno));
	if (write_text("/sys/fs/cgroup/init/cgroup.procs", "0") < 0)
		console_log("cannot enter a cgroup: %s", strerror(errno));
	/* one by one: a kernel without one of them still has the others */
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		write_text("/sys/fs/cgroup/cgroup.subtree_control",
			   controllers[i]);
}

/* The essential ones are /run and the cgroups; a kernel without mqueue or
 * bpf still runs containers. */
static int mount_all(const struct mount_entry *m, size_t n,
		     struct vc_error *err)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_error_ struct vc_error why = { 0 };

		if (mount_one(&m[i], &why) == 0)
			continue;
		if (str_eq(m[i].type, "mqueue") || str_eq(m[i].type, "bpf"))
			console_log("%s", why.msg);
		else
			return vc_fail(err, 0, "%s", why.msg);
	}
	return 0;
}

int mount_devices(struct vc_error *err)
{
	if (mount_all(devices, ARRAY_SIZE(devices), err) < 0)
		return -1;
	/* everybody's terminals are those of this devpts */
	unlink("/dev/ptmx");
	if (symlink("pts/ptmx", "/dev/ptmx") < 0)
		console_log("cannot link /dev/ptmx: %s", strerror(errno));
	if ((symlink("/proc/self/fd", "/dev/fd") < 0 && errno != EEXIST) ||
	    (symlink("/proc/self/fd/0", "/dev/stdin") < 0 && errno != EEXIST) ||
	    (symlink("/proc/self/fd/1", "/dev/stdout") < 0 && errno != EEXIST) ||
	    (symlink("/proc/self/fd/2", "/dev/stderr") < 0 && errno != EEXIST))
		console_log("cannot link /dev/fd: %s", strerror(errno));
	return 0;
}

int mount_system(struct vc_error *err)
{
	static const char *const dirs[] = { "/run/lock", "/run/vcontainer",
					    "/run/vcontainer/stage" };

	if (mount_devices(err) < 0 ||
	    mount_all(system_mounts, ARRAY_SIZE(system_mounts), err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdir(dirs[i], i == 0 ? 0755 : 0700) < 0 && errno != EEXIST)
			return vc_fail(err, errno, "cannot create '%s'",
				       dirs[i]);
	set_up_cgroups();
	return 0;
}
