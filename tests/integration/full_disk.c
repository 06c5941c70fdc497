/*
 * A disk that is full, without one: preloaded into the product's programs,
 * fails every write to a file below $FULL_DISK with ENOSPC for as long as
 * $FULL_DISK.full exists.  Works for any user, in any container or chroot,
 * which mounting a small file system does not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_full(int fd)
{
	const char *dir = getenv("FULL_DISK");
	char link[64], path[PATH_MAX], flag[PATH_MAX];
	ssize_t n;

	if (!dir)
		return 0;
	snprintf(flag, sizeof(flag), "%s.full", dir);
	if (access(flag, F_OK) < 0)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return 0;
	path[n] = '\0';
	return !strncmp(path, dir, strlen(dir)) && path[strlen(dir)] == '/';
}

#define WRAP(name, params, ...)                                        \
	ssize_t name params                                            \
	{                                                              \
		static ssize_t(*real) params;                          \
                                                                       \
		if (!real)                                             \
			real = (ssize_t(*) params)dlsym(RTLD_NEXT, #name); \
		if (is_full(fd)) {                                     \
			errno = ENOSPC;                                \
			return -1;                                     \
		}                                                      \
		return real(__VA_ARGS__);                              \
	}

WRAP(write, (int fd, const void *data, size_t len), fd, data, len)
WRAP(pwrite, (int fd, const void *data, size_t len, off_t at), fd, data, len, at)
WRAP(pwrite64, (int fd, const void *data, size_t len, off64_t at), fd, data, len, at)
WRAP(pwritev, (int fd, const struct iovec *v, int n, off_t at), fd, v, n, at)
WRAP(pwritev64, (int fd, const struct iovec *v, int n, off64_t at), fd, v, n, at)
WRAP(pwritev2, (int fd, const struct iovec *v, int n, off_t at, int how), fd, v, n, at, how)
WRAP(pwritev64v2, (int fd, const struct iovec *v, int n, off64_t at, int how), fd, v, n, at,
     how)
