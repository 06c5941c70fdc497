/* Paths and trees. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

char *path_join(const char *a, const char *b)
{
	if (*b == '/' || !*a)
		return xstrdup(b);
	return xasprintf("%s%s%s", a, str_ends(a, "/") ? "" : "/", b);
}

int make_dirs(const char *path, mode_t mode, struct vc_error *err)
{
	_cleanup_free_ char *p = xstrdup(path);

	for (char *s = p + 1;; s++) {
		char c = *s;

		if (c && c != '/')
			continue;
		*s = '\0';
		if (mkdir(p, mode) < 0 && errno != EEXIST)
			return vc_fail(err, errno, "cannot create directory '%s'",
				       p);
		*s = c;
		if (!c)
			return 0;
	}
}

static int remove_contents(int fd, struct vc_error *err)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!dir) {
		vc_fail(err, errno, "cannot list a directory");
		close(fd);
		return -1;
	}
	while (r == 0 && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			r = remove_tree_at(dirfd(dir), e->d_name, err);
	closedir(dir);
	return r;
}

int remove_tree_at(int dirfd, const char *name, struct vc_error *err)
{
	int fd;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return vc_fail(err, errno, "cannot remove '%s'", name);
	fd = openat(dirfd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return vc_fail(err, errno, "cannot remove '%s'", name);
	if (remove_contents(fd, err) < 0)
		return vc_wrap(err, "'%s'", name);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0)
		return vc_fail(err, errno, "cannot remove '%s'", name);
	return 0;
}
