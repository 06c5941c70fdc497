/* The virtio-serial port the host talks on; see device.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "device.h"
#include "vc/io.h"
#include "vc/util.h"

#define PORTS "/sys/class/virtio-ports"

static bool is_named(const char *port, const char *name)
{
	_cleanup_free_ char *path = xasprintf(PORTS "/%s/name", port);
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *text;

	/* the name comes after the port, and then with another announcement */
	if (read_file_at(AT_FDCWD, path, 4096, &b, &err) < 0 || !b.len)
		return false;
	text = buf_ptr(&b);
	text[strcspn(text, "\n")] = '\0';
	return !strcmp(text, name);
}

static char *find(const char *name)
{
	DIR *dir = opendir(PORTS);
	char *found = NULL;
	struct dirent *e;

	while (dir && !found && (e = readdir(dir)))
		if (e->d_name[0] != '.' && is_named(e->d_name, name))
			found = xasprintf("/dev/%s", e->d_name);
	if (dir)
		closedir(dir);
	return found;
}

/*
 * Until the host has opened its side, the port reads as hung up; an
 * edge-triggered watch turns that into one event, and its end into another.
 */
static int wait_for_host(int fd, int64_t due, struct vc_error *err)
{
	_cleanup_close_ int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int64_t left;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return vc_fail(err, errno, "cannot watch the port");
	while ((left = due - now_ms()) > 0) {
		int n = epoll_wait(epoll, &ev, 1, (int)left);

		if (n < 0 && errno != EINTR)
			return vc_fail(err, errno, "cannot watch the port");
		if (n == 1 && !(ev.events & EPOLLHUP))
			return 0;
	}
	return vc_fail(err, 0, "the host has not opened it");
}

int port_open(int uevents, const char *name, int64_t due, struct vc_error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;

	while (!(path = find(name)))
		if (uevents_wait(uevents, due) < 0)
			return vc_fail(err, 0, "no virtio port '%s'", name);
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	if (wait_for_host(fd, due, err) < 0)
		return vc_wrap(err, "virtio port '%s'", name);
	return steal_fd(&fd);
}
