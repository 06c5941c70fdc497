/*
 * State directories of --stateless: "<state base>/.stateless-XXXXXX".
 *
 * The monitor removes its own when the VM has ended; one that was killed
 * leaves it, and the next --stateless call takes it away.  Between the making
 * of a directory and the monitor's lock on it there is a moment in which it
 * looks left behind; for that moment its maker holds a flock on the directory
 * itself, taken under a flock on the base, which a cleaner needs as well.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/internal.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"

#define PREFIX ".stateless-"
#define TEMPLATE PREFIX "XXXXXX"

/* True when it is ours and neither its maker nor a VM is there. */
static bool is_left_behind(int base_fd, const char *base, const char *name)
{
	_cleanup_free_ char *path = path_join(base, name);
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!str_starts(name, PREFIX) || strlen(name) != strlen(TEMPLATE))
		return false;
	fd = openat(base_fd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid())
		return false;
	return flock(fd, LOCK_EX | LOCK_NB) == 0 && !vm_is_locked(path);
}

/* One that cannot be removed is no reason not to work. */
static void remove_left_behind(int base_fd, const char *base)
{
	int fd = openat(base_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(dir))) {
		_cleanup_error_ struct vc_error err = { 0 };

		if (!is_left_behind(base_fd, base, e->d_name))
			continue;
		log_verbose("removing '%s/%s', left behind by an earlier call",
			    base, e->d_name);
		if (remove_tree_at(base_fd, e->d_name, &err) < 0)
			log_verbose("%s", err.msg);
	}
	closedir(dir);
}

static int open_dir(const char *path, struct vc_error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? vc_fail(err, errno, "cannot open '%s'", path) : fd;
}

/* A directory with our flock on it; above the standard fds, so that 0 can
 * mean "none" in the settings. */
static int hold(const char *path, struct vc_error *err)
{
	_cleanup_close_ int fd = open_dir(path, err);
	int high;

	if (fd < 0)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (high < 0 || flock(high, LOCK_EX | LOCK_NB) < 0) {
		vc_fail(err, errno, "cannot lock '%s'", path);
		if (high >= 0)
			close(high);
		return -1;
	}
	return high;
}

int stateless_make(struct settings *s, struct vc_error *err)
{
	/* the base may be a link, to where there is room for disks */
	_cleanup_free_ char *target = realpath(s->state_base, NULL);
	const char *base = target ? target : s->state_base;
	_cleanup_free_ char *path = path_join(base, TEMPLATE);
	_cleanup_close_ int base_fd = -1;
	int fd;

	if (check_socket_path(path, err) < 0 || make_private_dir(base, err) < 0)
		return -1;
	base_fd = open_dir(base, err);
	if (base_fd < 0)
		return -1;
	while (flock(base_fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return vc_fail(err, errno, "cannot lock '%s'", base);
	remove_left_behind(base_fd, base);
	if (!mkdtemp(path))
		return vc_fail(err, errno, "cannot create directory '%s'",
			       path);
	fd = hold(path, err);
	if (fd < 0) {
		rmdir(path);
		return -1;
	}
	s->stateless_fd = fd;
	free(s->state_dir);
	s->state_dir = steal_ptr(path);
	return 0;
}

void stateless_release(struct settings *s)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (!s->stateless_fd)
		return;
	if (!vm_is_locked(s->state_dir) &&
	    remove_tree_at(AT_FDCWD, s->state_dir, &err) < 0)
		log_verbose("%s", err.msg);
	close(s->stateless_fd);
	s->stateless_fd = 0;
}
