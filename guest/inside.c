/* openat2(2), which the guest's kernel always has; see inside.h. */
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

#define FOLLOW (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)

static int open_inside(int root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC),
				.resolve = resolve };
	int fd;

	do
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd;
}

/* A name inside the root as the image would write it. */
static int fail(struct vc_error *err, int errnum, const char *path)
{
	_cleanup_free_ char *clean = printable(path, strlen(path));

	return vc_fail(err, errnum, "the image's '%s%.200s'",
		       *clean == '/' ? "" : "/", clean);
}

int inside_dir(int root, const char *name, mode_t mode, struct vc_error *err)
{
	int fd;

	if (mkdirat(root, name, mode) < 0 && errno != EEXIST &&
	    errno != EROFS)
		return fail(err, errno, name);
	fd = open_inside(root, name, O_PATH | O_DIRECTORY | O_NOFOLLOW,
			 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return vc_fail(err, 0, "the image's '/%s' is no directory",
			       name);
	return fd < 0 ? fail(err, errno, name) : fd;
}

/* An O_PATH look first: opening a device or a pipe does things. */
static int look(int root, const char *path, struct stat *ret)
{
	_cleanup_close_ int fd = open_inside(root, path, O_PATH, FOLLOW);

	return fd < 0 ? -1 : fstat(fd, ret);
}

int inside_read(int root, const char *path, size_t max, struct buf *ret,
		struct vc_error *err)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *data = NULL;
	struct stat st;
	ssize_t n;

	if (look(root, path, &st) < 0)
		return errno == ENOENT ? 0 : fail(err, errno, path);
	if (!S_ISREG(st.st_mode))
		return vc_fail(err, 0, "the image's '/%s' is no regular file",
			       path);
	fd = open_inside(root, path, O_RDONLY | O_NONBLOCK, FOLLOW);
	if (fd < 0)
		return fail(err, errno, path);
	data = xmalloc(max + 1);
	n = read_full(fd, data, max + 1, err);
	if (n < 0)
		return -1;
	if ((size_t)n > max)
		return vc_fail(err, 0, "the image's '/%s' is larger than %zu "
			       "bytes", path, max);
	buf_add(ret, data, (size_t)n);
	return 0;
}

bool inside_lacks(int root, const char *path)
{
	struct stat st;

	if (look(root, path, &st) < 0)
		return errno == ENOENT || errno == ELOOP;
	return S_ISREG(st.st_mode) && st.st_size == 0;
}

/* The parents one by one: each is resolved from the root, as the whole is. */
static int make_parents(int root, char *path, struct vc_error *err)
{
	_cleanup_close_ int parent = open_inside(root, "/", O_PATH | O_DIRECTORY,
						 FOLLOW);

	for (char *at = path, *slash; parent >= 0; at = slash + 1) {
		char *name = at + strspn(at, "/");
		char end;
		int next;

		if (!*name)
			return 0;
		slash = name + strcspn(name, "/");
		end = *slash;
		*slash = '\0';
		if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
			return fail(err, errno, path);
		next = open_inside(root, path, O_PATH | O_DIRECTORY, FOLLOW);
		if (next < 0)
			return fail(err, errno, path);
		vc_cleanup_close(&parent);
		parent = next;
		*slash = end;
		if (!end)
			return 0;
	}
	return fail(err, errno, path);
}

int inside_make(int root, const char *path, struct vc_error *err)
{
	_cleanup_free_ char *copy = NULL;
	int fd = open_inside(root, path, O_PATH | O_DIRECTORY, FOLLOW);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return fail(err, errno, path);
	copy = xstrdup(path);
	if (make_parents(root, copy, err) < 0)
		return -1;
	fd = open_inside(root, path, O_PATH | O_DIRECTORY, FOLLOW);
	return fd < 0 ? fail(err, errno, path) : fd;
}
