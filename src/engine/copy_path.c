/*
 * Paths, by their words.  Go programs take ".." out of a path without asking
 * where a link leads; scripts that work with docker rely on that.
 */
#include "engine/copy_path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

/* Takes the last part off what is before `len`; false when there is none. */
static bool drop_part(const char *out, size_t root, size_t *len)
{
	size_t n = *len;

	while (n > root && out[n - 1] != '/')
		n--;
	if (*len == root || (*len - n == 2 && !strncmp(out + n, "..", 2)))
		return false;
	*len = n > root ? n - 1 : root;
	return true;
}

char *copy_clean(const char *path)
{
	size_t root = *path == '/' ? 1 : 0, len = root;
	char *out = xmalloc(strlen(path) + 2);

	out[0] = '/';
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");
		bool up = n == 2 && !strncmp(p, "..", 2);

		out[len] = '\0';
		if (n && !(n == 1 && *p == '.') &&
		    !(up && (drop_part(out, root, &len) || root))) {
			if (len > root)
				out[len++] = '/';
			memcpy(out + len, p, n);
			len += n;
		}
		p += n + (p[n] == '/');
	}
	if (!len)
		out[len++] = '.';
	out[len] = '\0';
	return out;
}

bool copy_names_content(const char *path)
{
	return !strcmp(path, ".") || str_ends(path, "/.");
}

bool copy_asserts_directory(const char *path)
{
	return str_ends(path, "/") || copy_names_content(path);
}

char *copy_absolute(const char *path)
{
	/* as Go, $PWD where it names our directory */
	_cleanup_free_ char *cwd = get_current_dir_name();
	_cleanup_free_ char *full = path_join(cwd ? cwd : "/", path);
	_cleanup_free_ char *clean = copy_clean(full);
	const char *slash = str_ends(clean, "/") ? "" : "/";

	if (copy_names_content(path))
		return xasprintf("%s%s.", clean, slash);
	return xasprintf("%s%s", clean, str_ends(path, "/") ? slash : "");
}

const char *copy_base(const char *clean)
{
	const char *slash = strrchr(clean, '/');

	return slash ? slash + 1 : clean;
}

char *copy_parent(const char *clean)
{
	const char *slash = strrchr(clean, '/');

	if (!slash)
		return xstrdup(".");
	return xstrndup(clean, slash == clean ? 1 : (size_t)(slash - clean));
}
