/*
 * passwd and group of an image, and the user it names.  The input is the three
 * of them, a NUL between each.
 */
#include <stdlib.h>
#include <string.h>

#include "../../guest/user.h"
#include "vc/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is before the next NUL. */
static struct text part(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, 0, *size) : NULL;
	struct text t = { (const char *)*data,
			  end ? (size_t)(end - *data) : *size };
	size_t gone = t.n + (end != NULL);

	*data += gone;
	*size -= gone;
	return t;
}

static void check(const struct user *u)
{
	if (u->uid > ID_MAX || u->gid > ID_MAX || !u->home ||
	    u->n_groups > USER_GROUPS_MAX || strchr(u->home, '\n'))
		abort();
	for (size_t i = 0; i < u->n_groups; i++)
		if (u->groups[i] > ID_MAX)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text passwd, group, rest;
	struct vc_error err = { 0 };
	struct user u = { 0 };
	char *spec;

	if (!size)
		return 0;
	rest = part(&data, &size);
	spec = xstrndup(rest.p, rest.n);
	passwd = part(&data, &size);
	group = part(&data, &size);
	if (user_find(spec, passwd, group, &u, &err) == 0) {
		check(&u);
		user_release(&u);
	} else if (!err.msg) {
		abort();
	}
	vc_error_release(&err);
	free(spec);
	return 0;
}
