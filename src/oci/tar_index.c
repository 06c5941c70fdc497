/* Looking members up. */
#include "tar_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

/* docker save once made a symbolic link to each layer that was there twice;
 * longer chains are not made by anything. */
#define MAX_LINKS 8

void tar_index_drop_members(struct tar_index *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].name);
		free(t->v[i].link);
	}
	free(t->v);
	t->v = NULL;
	t->n = t->cap = 0;
}

void tar_index_release(struct tar_index *t)
{
	tar_index_drop_members(t);
	*t = (struct tar_index){ 0 };
}

static int compare_name(const void *key, const void *member)
{
	return strcmp(key, ((const struct tar_member *)member)->name);
}

static const struct tar_member *last_of(const struct tar_index *t,
					const char *name)
{
	const struct tar_member *m = NULL;

	if (t->n)
		m = bsearch(name, t->v, t->n, sizeof(*t->v), compare_name);
	while (m && m + 1 < t->v + t->n && !strcmp(m[1].name, name))
		m++;
	return m;
}

bool tar_index_has(const struct tar_index *t, const char *name)
{
	return last_of(t, name) != NULL;
}

static int missing(const struct tar_index *t, const char *name,
		   struct vc_error *err)
{
	_cleanup_free_ char *shown = printable(name, strlen(name));

	vc_fail(err, 0, "'%s' is missing%s", shown,
		t->overflow ? " among the archive's first members, and it has "
			      "too many to keep" : "");
	err->errnum = ENOENT;
	return -1;
}

int tar_index_find(const struct tar_index *t, const char *name,
		   struct extent *ret, struct vc_error *err)
{
	const struct tar_member *m = last_of(t, name);

	for (int i = 0; m && m->link; i++) {
		if (i == MAX_LINKS)
			return vc_fail(err, 0, "'%s' is a chain of links", name);
		m = last_of(t, m->link);
	}
	if (!m)
		return missing(t, name, err);
	if (m->sparse)
		return vc_fail(err, 0, "'%s' is a sparse member: pack the "
				       "archive without -S", name);
	*ret = m->at;
	return 0;
}

int tar_index_document(const struct tar_index *t, const char *name,
		       struct extent *ret, struct vc_error *err)
{
	const struct tar_member *m = last_of(t, name);

	if (!m)
		return missing(t, name, err);
	if (m > t->v && !strcmp(m[-1].name, name))
		return vc_fail(err, 0, "'%s' is twice in the archive", name);
	if (m->link || m->sparse)
		return vc_fail(err, 0, "'%s' is not a plain file", name);
	*ret = m->at;
	return 0;
}
