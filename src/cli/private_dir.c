/*
 * Directories that hold sockets and disks.  Whoever can write to one can
 * replace what is in it, so it must be ours alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/internal.h"
#include "vc/io.h"

static int check_private(const char *path, const struct stat *st,
			 struct vc_error *err)
{
	if (S_ISLNK(st->st_mode))
		return vc_fail(err, 0, "state directory '%s' is a symbolic "
			       "link: name its target with '--state-dir'",
			       path);
	if (!S_ISDIR(st->st_mode))
		return vc_fail(err, 0, "state directory '%s' is no directory: "
			       "move it away or choose another with "
			       "'--state-dir'", path);
	if (st->st_uid != geteuid())
		return vc_fail(err, 0, "state directory '%s' belongs to user "
			       "%u and not to you: choose another with "
			       "'--state-dir'", path, (unsigned)st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return vc_fail(err, 0, "others can write to state directory "
			       "'%s': run 'chmod 700 %s'", path, path);
	if ((st->st_mode & S_IRWXU) != S_IRWXU)
		return vc_fail(err, 0, "state directory '%s' is closed to its "
			       "owner: run 'chmod 700 %s'", path, path);
	if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0) {
		vc_fail(err, errno, "cannot write to state directory '%s'",
			path);
		return -1;
	}
	return 0;
}

int make_private_dir(const char *path, struct vc_error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (errno != ENOENT)
			return vc_fail(err, errno,
				       "cannot use state directory '%s'", path);
		if (make_dirs(path, 0700, err) < 0)
			return vc_wrap(err, "state directory '%s'", path);
		if (lstat(path, &st) < 0)
			return vc_fail(err, errno,
				       "cannot use state directory '%s'", path);
	}
	return check_private(path, &st, err);
}

int settings_make_state_dir(struct settings *s, struct vc_error *err)
{
	if (s->stateless)
		return stateless_make(s, err);
	return make_private_dir(s->state_dir, err);
}
