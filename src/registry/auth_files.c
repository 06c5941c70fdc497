/* Which auth files there are, and asking them in order. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth_file.h"
#include "vc/io.h"
#include "vc/util.h"

#define MAX_FILE (4u << 20)

/* A file below the directory that variable `name` gives, else below `or`. */
static void add_below(struct strv *paths, const char *name, const char *or,
		      const char *file)
{
	const char *dir = getenv(name);

	if (dir && *dir == '/') {
		strv_add_take(paths, path_join(dir, file));
	} else if (or) {
		const char *home = getenv("HOME");
		_cleanup_free_ char *base = NULL;

		if (!home || *home != '/')
			return;
		base = path_join(home, or);
		strv_add_take(paths, path_join(base, file));
	}
}

void auth_file_paths(const struct registry_options *o, struct strv *ret,
		     bool *ret_first_must_exist)
{
	const char *given = o->authfile ? o->authfile :
					  getenv("REGISTRY_AUTH_FILE");

	*ret_first_must_exist = given && *given;
	if (given && *given) {
		strv_add(ret, given);
		return;
	}
	add_below(ret, "XDG_RUNTIME_DIR", NULL, "containers/auth.json");
	add_below(ret, "XDG_CONFIG_HOME", ".config", "containers/auth.json");
	add_below(ret, "DOCKER_CONFIG", ".docker", "config.json");
}

static int ask_file(const char *path, const char *host, const char *repository,
		    struct credentials *ret, struct vc_error *err)
{
	_cleanup_auth_found_ struct auth_found f = { 0 };
	_cleanup_buf_ struct buf json = BUF_INIT;

	if (read_file_at(AT_FDCWD, path, MAX_FILE, &json, err) < 0)
		return -1;
	if (json.len && auth_file_find(buf_ptr(&json), json.len, host,
				       repository, &f, err) < 0)
		return vc_wrap(err, "auth file '%s'", path);
	if (json.data)
		explicit_bzero(json.data, json.cap);
	if (f.helper && credentials_from_helper(f.helper, host, ret, err) < 0)
		return vc_wrap(err, "auth file '%s'", path);
	if (!credentials_empty(ret))
		return 0;
	*ret = f.c;
	f.c = (struct credentials){ 0 };
	return 0;
}

int credentials_find(const struct registry_options *o, const char *host,
		     const char *path, struct credentials *ret,
		     struct vc_error *err)
{
	_cleanup_strv_ struct strv files = STRV_INIT;
	bool must_exist;

	auth_file_paths(o, &files, &must_exist);
	for (size_t i = 0; i < files.n && credentials_empty(ret); i++) {
		if (!must_exist && access(files.v[i], F_OK) < 0)
			continue;
		if (ask_file(files.v[i], host, path, ret, err) < 0)
			return -1;
	}
	return 0;
}
