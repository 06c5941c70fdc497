/* Where configuration and state are, by options, environment and rule. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/internal.h"
#include "cli/values.h"
#include "vc/config.h"
#include "vc/io.h"
#include "vc/util.h"

char *dir_home(struct vc_error *err)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (!home || !*home) {
		pw = getpwuid(getuid());
		home = pw ? pw->pw_dir : NULL;
	}
	if (!home || *home != '/') {
		vc_fail(err, 0, "no home directory is known: set HOME to an "
				"absolute path");
		return NULL;
	}
	return xstrdup(home);
}

/* lstat("link/") follows the link: a trailing slash would hide one. */
char *dir_absolute(const char *path, struct vc_error *err)
{
	_cleanup_free_ char *cwd = NULL;
	char *abs;
	size_t n;

	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		if (!cwd) {
			vc_fail(err, errno, "cannot find out the current "
					    "directory for '%s'", path);
			return NULL;
		}
	}
	abs = path_join(cwd ? cwd : "", path);
	for (n = strlen(abs); n > 1 && abs[n - 1] == '/'; n--)
		abs[n - 1] = '\0';
	return abs;
}

int resolve_config_dir(struct settings *s, struct vc_error *err)
{
	const char *given = s->opt_config_dir;
	const char *xdg = getenv("XDG_CONFIG_HOME");
	_cleanup_free_ char *home = NULL;
	_cleanup_free_ char *path = NULL;

	if (!given)
		given = tool_own_env(s->tool, "CONFIG_DIR");
	if (given) {
		path = xstrdup(given);
	} else if (xdg && *xdg == '/') { /* the XDG rules: else ignored */
		path = path_join(xdg, s->tool->name);
	} else {
		home = dir_home(err);
		if (!home)
			return -1;
		path = xasprintf("%s/.config/%s", home, s->tool->name);
	}
	free(s->config_dir);
	s->config_dir = dir_absolute(path, err);
	return s->config_dir ? 0 : -1;
}

/* The directory of all instances; the config key replaces the built-in one,
 * and the environment goes before the file as everywhere. */
static int resolve_state_base(struct settings *s, struct vc_error *err)
{
	const char *given = tool_own_env(s->tool, "STATE_DIR");
	_cleanup_free_ char *path = given ? xstrdup(given) : NULL;
	_cleanup_free_ char *home = NULL;

	if (!path && config_get(s->config_dir, "state-dir", &path, err) < 0)
		return -1;
	if (!path) {
		home = dir_home(err);
		if (!home)
			return -1;
		path = path_join(home, s->tool->state_base);
	} else if (!given && value_path(path, err) < 0) {
		return vc_wrap(err, "'%s/config': key 'state-dir'",
			       s->config_dir);
	}
	free(s->state_base);
	s->state_base = dir_absolute(path, err);
	return s->state_base ? 0 : -1;
}

int check_socket_path(const char *state_dir, struct vc_error *err)
{
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	size_t len = strlen(state_dir) + strlen("/control.sock");

	if (len > max)
		return vc_fail(err, 0, "the path of '%s/control.sock' has %zu "
			       "bytes and a socket's may have %zu: choose a "
			       "shorter directory with '--state-dir'",
			       state_dir, len, max);
	return 0;
}

int resolve_state_dir(struct settings *s, struct vc_error *err)
{
	free(s->state_dir);
	s->state_dir = NULL;
	if (s->opt_state_dir) {
		s->state_dir = dir_absolute(s->opt_state_dir, err);
		return s->state_dir ? check_socket_path(s->state_dir, err) : -1;
	}
	if (resolve_state_base(s, err) < 0)
		return -1;
	if (s->stateless)
		return 0;
	s->state_dir = path_join(s->state_base, s->opt_instance ?
						s->opt_instance : s->arch);
	return check_socket_path(s->state_dir, err);
}
