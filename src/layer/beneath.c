/*
 * Opening paths below a directory: openat2(2) with RESOLVE_BENEATH and
 * RESOLVE_NO_SYMLINKS, or component by component with O_NOFOLLOW where the
 * kernel (before 5.6) or a seccomp filter has no openat2.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vc/layer.h"
#include "vc/util.h"

static int open_by_component(int dirfd, const char *path, int flags)
{
	_cleanup_free_ char *copy = xstrdup(path);
	_cleanup_close_ int dir = -1;
	char *part = copy;

	for (;;) {
		char *slash = strchr(part, '/');
		int fd;

		if (slash)
			*slash = '\0';
		if (!*part || !strcmp(part, "..")) {
			errno = EXDEV;
			return -1;
		}
		fd = openat(dir < 0 ? dirfd : dir, part,
			    (slash ? O_PATH | O_DIRECTORY : flags) |
				    O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || !slash)
			return fd;
		vc_cleanup_close(&dir);
		dir = fd;
		part = slash + 1;
	}
}

int open_beneath(int dirfd, const char *path, int flags)
{
	static _Atomic bool missing; /* threads read layers */
	struct open_how how = {
		.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	if (!missing) {
		do
			fd = (int)syscall(SYS_openat2, dirfd, path, &how,
					  sizeof(how));
		while (fd < 0 && (errno == EINTR || errno == EAGAIN));
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return fd;
		/* EPERM: what old container runtimes say for unknown calls */
		if (errno == ENOSYS)
			missing = true;
	}
	return open_by_component(dirfd, path, flags);
}
