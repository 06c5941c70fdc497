/* Locks and sockets of a state directory. */
#include "vm/state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

static void on_alarm(int sig)
{
	(void)sig; /* only there to interrupt flock() */
}

/* flock() has no timeout of its own: an interval timer interrupts it, again
 * and again so that no race loses the interruption. */
static int lock_within(int fd, int timeout_ms)
{
	struct sigaction sa = { .sa_handler = on_alarm }, old_sa;
	struct itimerval it = { { 0, 100000 }, { 0, 100000 } }, off = { 0 };
	int64_t deadline = now_ms() + timeout_ms;
	int r, saved;

	r = flock(fd, LOCK_EX | LOCK_NB);
	if (r == 0 || errno != EWOULDBLOCK || timeout_ms == 0)
		return r;
	sigaction(SIGALRM, &sa, &old_sa);
	setitimer(ITIMER_REAL, &it, NULL);
	do
		r = flock(fd, LOCK_EX);
	while (r < 0 && errno == EINTR && now_ms() < deadline);
	saved = errno;
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &old_sa, NULL);
	errno = saved;
	return r;
}

/* Locked, but is it still the file of that name?  Whoever removes a state
 * directory's files holds their locks, and leaves us with a dead one. */
static bool still_there(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

int state_lock(const char *dir, const char *name, int timeout_ms,
	       struct vc_error *err)
{
	_cleanup_free_ char *path = path_join(dir, name);
	int64_t deadline = now_ms() + timeout_ms;

	for (;;) {
		_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC |
					      O_NOFOLLOW, 0600);
		int left = (int)(deadline - now_ms());

		if (fd < 0)
			return vc_fail(err, errno, "cannot open '%s'", path);
		if (lock_within(fd, left > 0 ? left : 0) == 0) {
			if (still_there(fd))
				return steal_fd(&fd);
			continue;
		}
		if (errno == EINTR || errno == EWOULDBLOCK)
			return vc_fail(err, 0, "'%s' is still held by another process after "
				       "%d s: a VM that was told to stop has not ended",
				       path, timeout_ms / 1000);
		return vc_fail(err, errno, "cannot lock '%s'", path);
	}
}

bool vm_is_locked(const char *state_dir)
{
	_cleanup_free_ char *path = path_join(state_dir, STATE_LOCK);
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	/* shared: two who look at once must not see each other */
	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0;
}

static int socket_address(const char *dir, struct sockaddr_un *sa)
{
	_cleanup_free_ char *path = path_join(dir, STATE_SOCKET);

	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(sa->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sa->sun_path, path, strlen(path) + 1);
	return 0;
}

int state_connect(const char *dir)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sa;

	if (fd < 0 || socket_address(dir, &sa) < 0 ||
	    connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -1;
	return steal_fd(&fd);
}

int state_listen(const char *dir, struct vc_error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX,
					SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un sa;
	mode_t mask;
	int r;

	if (fd < 0 || socket_address(dir, &sa) < 0)
		return vc_fail(err, errno, "cannot create a socket in '%s'", dir);
	unlink(sa.sun_path); /* a dead monitor's: the lock is ours */
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	umask(mask);
	if (r < 0 || listen(fd, 128) < 0)
		return vc_fail(err, errno, "cannot listen on '%s'", sa.sun_path);
	return steal_fd(&fd);
}
