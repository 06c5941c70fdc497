/* Moving bytes through file descriptors, and fd flags. */
#include "vc/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/util.h"

int write_all(int fd, const void *data, size_t len, struct vc_error *err)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vc_fail(err, errno, "cannot write");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t read_full(int fd, void *data, size_t len, struct vc_error *err)
{
	char *p = data;
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, p + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vc_fail(err, errno, "cannot read");
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int read_file_at(int dirfd, const char *path, size_t max, struct buf *b,
		 struct vc_error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	char chunk[16384];

	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	for (;;) {
		ssize_t n = read_full(fd, chunk, sizeof(chunk), err);

		if (n < 0)
			return vc_wrap(err, "'%s'", path);
		if (n == 0)
			return 0;
		if (b->len + (size_t)n > max)
			return vc_fail(err, 0, "'%s' is larger than %zu bytes",
				       path, max);
		buf_add(b, chunk, (size_t)n);
	}
}

int write_file_at(int dirfd, const char *path, mode_t mode, const void *data,
		  size_t len, struct vc_error *err)
{
	_cleanup_free_ char *tmp = xasprintf("%s.%d.tmp", path, (int)getpid());
	_cleanup_close_ int fd = openat(dirfd, tmp,
					O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
					mode);

	if (fd < 0)
		return vc_fail(err, errno, "cannot create '%s'", tmp);
	if (write_all(fd, data, len, err) < 0) {
		unlinkat(dirfd, tmp, 0);
		return vc_wrap(err, "'%s'", path);
	}
	if (fsync(fd) < 0 || renameat(dirfd, tmp, dirfd, path) < 0) {
		vc_fail(err, errno, "cannot write '%s'", path);
		unlinkat(dirfd, tmp, 0);
		return -1;
	}
	return 0;
}

int set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int set_cloexec(int fd, bool on)
{
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

int make_socketpair(int ret_fds[2], struct vc_error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return vc_fail(err, errno, "cannot create a socket pair");
	return 0;
}

int open_unnamed(const char *dir, struct vc_error *err)
{
	_cleanup_free_ char *path = NULL;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return vc_fail(err, errno, "cannot create a file in '%s'", dir);
	path = path_join(dir, ".spool-XXXXXX");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return vc_fail(err, errno, "cannot create a file in '%s'", dir);
	unlink(path);
	return fd;
}
