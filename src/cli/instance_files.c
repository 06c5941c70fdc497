/* The files of a state directory; see instance_files.h. */
#include "cli/instance_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/util.h"

/* The store is first; the locks are last: they guard the removal of the
 * others. */
static const char *const our_files[] = {
	"state.img",  "state.img.tmp", "control.sock", "docker.sock",
	"podman.sock", "daemon.pid",   "console.log",  "monitor.log",
	"suspended", "suspend.state", "ram.img",
	"start.lock", "lock",
};

int instance_open(const char *dir, struct vc_error *err)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
						   O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return vc_fail(err, errno, "cannot open state directory '%s'",
			       dir);
	if (st.st_uid != geteuid())
		return vc_fail(err, 0, "state directory '%s' belongs to user "
			       "%u and not to you", dir, (unsigned)st.st_uid);
	return steal_fd(&fd);
}

int instance_missing(struct vc_error *err)
{
	if (err->errnum != ENOENT)
		return -1;
	vc_error_release(err);
	return 0;
}

bool instance_measure(int fd, struct instance_usage *ret)
{
	bool found = false;
	struct stat st;

	*ret = (struct instance_usage){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(our_files); i++) {
		if (fstatat(fd, our_files[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		found = true;
		if (!S_ISREG(st.st_mode))
			continue;
		ret->used += (uint64_t)st.st_blocks * 512;
		if (i == 0) {
			ret->store_used = (uint64_t)st.st_blocks * 512;
			ret->store_size = (uint64_t)st.st_size;
		}
	}
	return found;
}

static void on_alarm(int sig)
{
	(void)sig; /* only there to interrupt flock() */
}

/* flock() has no timeout of its own. */
static int flock_within(int fd, unsigned seconds)
{
	struct sigaction sa = { .sa_handler = on_alarm }, old;
	int r, saved;

	if (!seconds)
		return flock(fd, LOCK_EX | LOCK_NB);
	sigaction(SIGALRM, &sa, &old);
	alarm(seconds);
	r = flock(fd, LOCK_EX);
	saved = errno;
	alarm(0);
	sigaction(SIGALRM, &old, NULL);
	errno = saved == EINTR ? EWOULDBLOCK : saved;
	return r;
}

int instance_lock_file(int fd, const char *dir, const char *name,
		       unsigned wait_s, struct vc_error *err)
{
	_cleanup_close_ int lock = openat(fd, name,
					  O_RDWR | O_CREAT | O_NOFOLLOW |
						  O_NONBLOCK | O_CLOEXEC, 0600);

	if (lock < 0)
		return vc_fail(err, errno, "cannot open '%s/%s'", dir, name);
	if (flock_within(lock, wait_s) == 0)
		return steal_fd(&lock);
	if (errno != EWOULDBLOCK)
		return vc_fail(err, errno, "cannot lock '%s/%s'", dir, name);
	if (wait_s)
		return vc_fail(err, 0, "'%s/%s' is still held by another "
			       "process after %u s: see '%s/monitor.log'", dir,
			       name, wait_s, dir);
	return vc_fail(err, 0, "a VM uses '%s': stop it first", dir);
}

int instance_lock(int fd, const char *dir, struct instance_lock *ret,
		  struct vc_error *err)
{
	_cleanup_instance_lock_ struct instance_lock l = INSTANCE_LOCK_INIT;

	l.start = instance_lock_file(fd, dir, "start.lock", 0, err);
	if (l.start < 0)
		return -1;
	l.vm = instance_lock_file(fd, dir, "lock", 0, err);
	if (l.vm < 0)
		return -1;
	*ret = l;
	l = (struct instance_lock)INSTANCE_LOCK_INIT;
	return 0;
}

void instance_unlock(struct instance_lock *l)
{
	vc_cleanup_close(&l->vm);
	vc_cleanup_close(&l->start);
}

/* A directory of such a name is no file of ours and shows up as foreign. */
int instance_unlink_files(int fd, const char *dir, struct vc_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(our_files); i++)
		if (unlinkat(fd, our_files[i], 0) < 0 && errno != ENOENT &&
		    errno != EISDIR)
			return vc_fail(err, errno, "cannot remove '%s/%s'", dir,
				       our_files[i]);
	return 0;
}

int instance_foreign(int fd, const char *dir, struct strv *ret,
		     struct vc_error *err)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	if (!d) {
		vc_fail(err, errno, "cannot list '%s'", dir);
		if (copy >= 0)
			close(copy);
		return -1;
	}
	while ((e = readdir(d)))
		if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, ".."))
			strv_add(ret, e->d_name);
	closedir(d);
	return 0;
}
