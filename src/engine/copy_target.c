/*
 * The destination, by docker's rules (moby's go-archive, copy.go) and with
 * its words: what exists as a directory is copied into, everything else is
 * replaced or made under its own name in a directory that must exist.
 */
#include "engine/copy_target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/copy.h"
#include "engine/copy_path.h"
#include "vc/io.h"
#include "vc/util.h"

#define MAX_LINKS 10

void copy_target_init(struct copy_target *t)
{
	*t = (struct copy_target){ .dirfd = -1 };
}

void copy_target_release(struct copy_target *t)
{
	free(t->path);
	free(t->name);
	free(t->dir);
	vc_cleanup_close(&t->dirfd);
	copy_target_init(t);
}

static int check_output(const struct engine_call *call, const char *arg,
			const char *full, struct vc_error *err)
{
	_cleanup_free_ char *clean = copy_clean(full);
	_cleanup_free_ char *parent = copy_parent(clean);
	struct stat st;

	if (stat(parent, &st) < 0 && errno == ENOENT) {
		if (engine_is_podman(call))
			return copy_fail(call, err, "\"%s\" could not be found on the host: "
					 "stat %s: no such file or directory", arg, full);
		return copy_fail(call, err, "invalid output path: directory \"%s\" does not "
				 "exist", parent);
	}
	if (stat(full, &st) < 0)
		return 0;
	if (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode))
		return copy_fail(call, err, "invalid output path: \"%s\" must be a directory "
				 "or a regular file: got a device", full);
	return 0;
}

/* Follows links at the end of t->path; what the last one names may be new. */
static int resolve(struct copy_target *t, struct vc_error *err)
{
	struct stat st;

	for (int i = 0; lstat(t->path, &st) == 0; i++) {
		_cleanup_free_ char *parent = NULL;
		_cleanup_free_ char *link = NULL;
		_cleanup_free_ char *full = NULL;

		t->exists = !S_ISLNK(st.st_mode);
		t->is_dir = S_ISDIR(st.st_mode);
		if (t->exists)
			return 0;
		if (i > MAX_LINKS)
			return vc_fail(err, ELOOP, "cannot write to '%s'", t->path);
		link = xcalloc(1, PATH_MAX + 1);
		if (readlink(t->path, link, PATH_MAX) < 0)
			return vc_fail(err, errno, "cannot read the link '%s'", t->path);
		parent = copy_parent(t->path);
		full = path_join(parent, link);
		free(t->path);
		t->path = copy_clean(full);
	}
	if (errno != ENOENT)
		return vc_fail(err, errno, "cannot write to '%s'", t->path);
	return 0;
}

static int open_dir(struct copy_target *t, struct vc_error *err)
{
	t->dirfd = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->dirfd < 0)
		return vc_fail(err, errno, "cannot write to '%s'", t->dir);
	/* found here, a fault costs no time */
	if (faccessat(t->dirfd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return vc_fail(err, errno, "cannot write to '%s'", t->dir);
	return 0;
}

int copy_target_find(struct copy_target *t, const struct engine_call *call,
		     const char *arg, struct vc_error *err)
{
	_cleanup_free_ char *full = copy_absolute(arg);
	struct stat st;

	if (check_output(call, arg, full, err) < 0)
		return -1;
	t->asserts_dir = copy_asserts_directory(full);
	t->path = copy_clean(full);
	if (resolve(t, err) < 0)
		return -1;
	if (t->exists && !t->is_dir && t->asserts_dir)
		return copy_fail(call, err, "lstat %s: not a directory", full);
	if (!t->exists && t->asserts_dir && engine_is_podman(call))
		return copy_fail(call, err, "\"%s\" could not be found on the host: stat %s: "
				 "no such file or directory", arg, full);
	t->name = xstrdup(copy_base(t->path));
	t->dir = t->is_dir ? xstrdup(t->path) : copy_parent(t->path);
	if (stat(t->dir, &st) < 0)
		return copy_fail(call, err, "stat %s: %s", t->dir,
				 errno == ENOENT ? "no such file or directory" :
						   strerror(errno));
	return open_dir(t, err);
}

int copy_target_check(const struct copy_target *t,
		      const struct engine_call *call, bool source_is_dir,
		      struct vc_error *err)
{
	if (source_is_dir && t->exists && !t->is_dir)
		return copy_fail(call, err, engine_is_podman(call) ?
				 "destination must be a directory when copying a directory" :
				 "cannot copy directory");
	if (!source_is_dir && !t->exists && t->asserts_dir)
		return copy_fail(call, err, "no such directory");
	return 0;
}
