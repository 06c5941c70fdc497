/* Names: parts that are neither empty nor "." nor "..". */
#include "engine/untar_name.h"

#include <string.h>

#include "vc/io.h"
#include "vc/util.h"

char *untar_clean(const char *name, bool absolute)
{
	_cleanup_free_ char *out = xmalloc(strlen(name) + 1);
	size_t len = 0;

	if (!*name || (*name == '/' && !absolute))
		return NULL;
	while (*name) {
		size_t n = strcspn(name, "/");

		if (n == 2 && !strncmp(name, "..", 2))
			return NULL;
		if (n && !(n == 1 && *name == '.')) {
			if (len)
				out[len++] = '/';
			memcpy(out + len, name, n);
			len += n;
		}
		name += n + (name[n] == '/');
	}
	out[len] = '\0';
	return steal_ptr(out);
}

char *untar_place(const struct untar *u, const char *clean)
{
	if (!u->top)
		return xstrdup(clean);
	if (!u->content)
		return xasprintf("%s%s", u->top, clean + strcspn(clean, "/"));
	return *clean ? path_join(u->top, clean) : xstrdup(u->top);
}

bool untar_same_top(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");

	return strcspn(b, "/") == n && !strncmp(a, b, n);
}
