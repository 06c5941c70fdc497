/*
 * image-spec layer.md: "Whiteouts", and names as docker, containerd and umoci
 * take them: relative to the root, absolute or not.  A '..' that any of them
 * would resolve is refused, as is what no file system can hold.
 */
#include "entry_name.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

#define MAX_NAME 4096
#define MAX_COMPONENT 255

#define WHITEOUT ".wh."
#define META ".wh..wh."
#define OPAQUE ".wh..wh..opq"

static const char *refuse_part(const char *p, size_t n)
{
	if (n == 2 && !memcmp(p, "..", 2))
		return "'..' in a name is refused";
	if (n > MAX_COMPONENT)
		return "a part of the name is longer than 255 bytes";
	return NULL;
}

char *entry_name_clean(const char *name, bool strict, bool *ret_dir,
		       const char **ret_why)
{
	_cleanup_free_ char *out = xmalloc(strlen(name) + 1);
	size_t len = 0;

	*ret_why = !*name ? "the name is empty" :
		   strict && *name == '/' ? "the name is absolute" : NULL;
	*ret_dir = false;
	while (*name && !*ret_why) {
		size_t n = strcspn(name, "/");
		bool none = !n || (n == 1 && *name == '.');

		*ret_why = refuse_part(name, n);
		*ret_dir = none || name[n] == '/';
		if (!none) {
			if (len)
				out[len++] = '/';
			memcpy(out + len, name, n);
			len += n;
		}
		name += n + (name[n] == '/');
	}
	if (!*ret_why && len > MAX_NAME)
		*ret_why = "the name is longer than 4096 bytes";
	if (*ret_why)
		return NULL;
	out[len] = '\0';
	return steal_ptr(out);
}

static int whiteout(char *part, enum entry_kind *ret, const char **ret_why)
{
	const char *what = part + strlen(WHITEOUT);

	if (!*what || !strcmp(what, ".") || !strcmp(what, "..")) {
		*ret_why = "a whiteout of nothing";
		return -1;
	}
	memmove(part, what, strlen(what) + 1);
	*ret = ENTRY_WHITEOUT;
	return 0;
}

int entry_name_kind(char *name, enum entry_kind *ret, const char **ret_why)
{
	char *part = name, *slash;

	*ret = ENTRY_OBJECT;
	for (;; part = slash + 1) {
		slash = strchr(part, '/');
		if (str_starts(part, WHITEOUT))
			break;
		if (!slash)
			return 0;
	}
	if (!slash && !strcmp(part, OPAQUE)) {
		*(part > name ? part - 1 : part) = '\0';
		*ret = ENTRY_OPAQUE;
		return 0;
	}
	if (str_starts(part, META)) {
		*ret = ENTRY_IGNORED;
		return 0;
	}
	if (slash) {
		*ret_why = "names with '.wh.' are for whiteouts, no directory "
			   "can have one";
		return -1;
	}
	return whiteout(part, ret, ret_why);
}
