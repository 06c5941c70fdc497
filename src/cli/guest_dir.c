/*
 * Where the guest's files are.  The first place that is given, or else the
 * first that exists, is the one: a half-built guest is an error and never a
 * reason to boot another, perhaps older, one from further down the list.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/internal.h"
#include "vc/io.h"
#include "vc/strv.h"
#include "vc/util.h"

static const char *const guest_files[] = { "kernel", "initramfs",
					   "rootfs.squashfs" };

/* The files may be opened by a monitor that has changed its directory. */
static int check_files(const char *dir, const char *arch, struct vc_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(guest_files); i++) {
		_cleanup_free_ char *path = path_join(dir, guest_files[i]);
		struct stat st;

		if (stat(path, &st) < 0 && errno != ENOENT && errno != ENOTDIR)
			return vc_fail(err, errno, "cannot use guest file '%s'",
				       path);
		if (stat(path, &st) < 0)
			return vc_fail(err, 0, "guest file '%s' is missing: "
				       "build it with 'make guest ARCHES=%s', "
				       "or name a directory that has it with "
				       "'--blob-dir'", path, arch);
		if (!S_ISREG(st.st_mode) || access(path, R_OK) < 0)
			return vc_fail(err, S_ISREG(st.st_mode) ? errno : 0,
				       "guest file '%s' is no readable file",
				       path);
	}
	return 0;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool holds_guest_file(const char *dir)
{
	for (size_t i = 0; i < ARRAY_SIZE(guest_files); i++) {
		_cleanup_free_ char *path = path_join(dir, guest_files[i]);

		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* A directory that was named: <dir>/<arch>, or the files' own. */
static int use_given(const char *given, const char *arch, char **ret,
		     struct vc_error *err)
{
	_cleanup_free_ char *dir = dir_absolute(given, err);
	_cleanup_free_ char *sub = NULL;

	if (!dir)
		return -1;
	sub = path_join(dir, arch);
	if (!is_dir(sub) && holds_guest_file(dir)) {
		free(sub);
		sub = xstrdup(dir);
	}
	if (check_files(sub, arch, err) < 0)
		return -1;
	*ret = steal_ptr(sub);
	return 0;
}

/* Beside the program as it is built, as it is shipped, as it is installed. */
static void built_in_places(struct strv *ret)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n > 0) {
		exe[n] = '\0';
		slash = strrchr(exe, '/');
		if (slash)
			*slash = '\0';
		/* "<dir>/../guest" with the ".." taken out: it is read */
		slash = strrchr(exe, '/');
		if (slash)
			strv_addf(ret, "%.*s/guest", (int)(slash - exe), exe);
		strv_addf(ret, "%s/guest", exe);
	}
	strv_add(ret, "/usr/share/vcontainer/guest");
	strv_add(ret, "/usr/share/vxn");
}

int guest_dir_find(const char *given, const char *arch, char **ret,
		   struct vc_error *err)
{
	_cleanup_strv_ struct strv places = STRV_INIT;
	_cleanup_free_ char *dir = NULL;

	if (!given)
		given = getenv("VCONTAINER_GUEST_DIR");
	if (given && *given)
		return use_given(given, arch, ret, err);

	built_in_places(&places);
	for (size_t i = 0; i < places.n && !dir; i++) {
		dir = path_join(places.v[i], arch);
		if (!is_dir(dir)) {
			free(dir);
			dir = NULL;
		}
	}
	if (!dir)
		dir = path_join(places.v[0], arch);
	if (check_files(dir, arch, err) < 0)
		return -1;
	*ret = steal_ptr(dir);
	return 0;
}

int settings_guest_dir(struct settings *s, struct vc_error *err)
{
	_cleanup_free_ char *name = NULL;
	const char *given = s->opt_blob_dir;
	char *dir;

	if (!given)
		given = tool_env(s->tool, "BLOB_DIR", &name);
	if (guest_dir_find(given, s->arch, &dir, err) < 0)
		return -1;
	free(s->guest_dir);
	s->guest_dir = dir;
	return 0;
}
