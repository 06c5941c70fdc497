/* Member names as keys. */
#include <string.h>

#include "tar_index.h"
#include "vc/buf.h"
#include "vc/util.h"

char *tar_name_normalise(const char *name)
{
	_cleanup_free_ char *out = xmalloc(strlen(name) + 1);
	size_t len = 0;

	if (*name == '/')
		return NULL;
	while (*name) {
		size_t n = strcspn(name, "/");

		if (n == 2 && !memcmp(name, "..", 2)) {
			if (!len)
				return NULL;
			while (len && out[--len] != '/')
				;
		} else if (n && !(n == 1 && *name == '.')) {
			if (len)
				out[len++] = '/';
			memcpy(out + len, name, n);
			len += n;
		}
		name += n + (name[n] == '/');
	}
	if (!len)
		return NULL;
	out[len] = '\0';
	return steal_ptr(out);
}
