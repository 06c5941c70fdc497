/*
 * Choosing.  Candidates of one name are one image for several platforms,
 * whether they stand in a nested index (skopeo, buildx) or side by side in
 * index.json (a flat multi-arch index, which names none of them).
 */
#include "select.h"

#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "names.h"
#include "vc/buf.h"
#include "vc/util.h"

#define NO_GROUP SIZE_MAX

static bool is_digest(const struct digest *d, const char *text)
{
	_cleanup_free_ char *own = digest_text(d);

	return !strcmp(own, text);
}

/* A digest is the manifest's own, or that of the index it comes out of. */
static bool matches(const struct candidate *c, const char *tag)
{
	if (!tag)
		return true;
	if (tag_is_digest(tag))
		return is_digest(&c->d.digest, tag) ||
		       is_digest(&c->top_digest, tag);
	return image_name_matches(c->d.name, tag);
}

static void set_groups_by_name(struct candidates *c, const char *tag)
{
	for (size_t i = 0; i < c->n; i++) {
		size_t k = 0;

		while (!str_eq(c->v[k].d.name, c->v[i].d.name))
			k++;
		c->v[i].group = matches(&c->v[i], tag) ? k : NO_GROUP;
	}
}

/* What a digest means is one image, whatever its names are. */
static void set_group_by_digest(struct candidates *c, const char *tag)
{
	size_t first = NO_GROUP;

	for (size_t i = 0; i < c->n; i++) {
		struct candidate *x = &c->v[i];
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = digest_equal(&c->v[k].d.digest, &x->d.digest);
		x->group = NO_GROUP;
		if (again || !matches(x, tag))
			continue;
		if (first == NO_GROUP)
			first = i;
		x->group = first;
	}
}

static bool is_first(const struct candidates *c, size_t i)
{
	return c->v[i].group == i;
}

/* "a, b": the names that there are. */
static char *list_all(const struct candidates *c)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < c->n; i++) {
		const char *name = c->v[i].d.name;
		size_t k = 0;

		while (!str_eq(c->v[k].d.name, name))
			k++;
		if (k == i)
			buf_printf(&b, "%s%s", b.len ? ", " : "",
				   name ? name : "one without a name");
	}
	return buf_steal(&b);
}

/* The number of images wanted, or -1. */
static int check_wanted(const struct layout *l, const struct candidates *c,
			const struct image_choice *choice, const char *label,
			struct vc_error *err)
{
	_cleanup_free_ char *all = NULL;
	size_t n = 0;

	if (!c->n)
		return vc_fail(err, 0, "'%s' holds no container image", label);
	all = list_all(c);
	for (size_t i = 0; i < c->n; i++)
		n += is_first(c, i);
	if (check_count(choice, label, !l->index, n, all, err) < 0)
		return -1;
	return (int)n;
}

static void add_note(struct buf *b, const char *note)
{
	if (b->len)
		buf_add_str(b, "; ");
	buf_add_str(b, note);
}

static int select_each(const struct layout *l, struct candidates *c,
		       const struct image_choice *choice, const char *label,
		       struct candidate **chosen, struct buf *notes,
		       struct vc_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		_cleanup_free_ char *note = NULL;

		if (!is_first(c, i))
			continue;
		if (group_choose(l, c, i, choice->arch, label, &chosen[n],
				 &note, err) < 0)
			return -1;
		if (note)
			add_note(notes, note);
		n++;
	}
	return 0;
}

int select_images(const struct layout *l, struct candidates *c,
		  const struct image_choice *choice, const char *label,
		  struct candidate ***ret, size_t *ret_n, char **ret_note,
		  struct vc_error *err)
{
	_cleanup_free_ struct candidate **chosen = NULL;
	_cleanup_buf_ struct buf notes = BUF_INIT;
	int n;

	if (choice->tag && tag_is_digest(choice->tag))
		set_group_by_digest(c, choice->tag);
	else
		set_groups_by_name(c, choice->tag);
	n = check_wanted(l, c, choice, label, err);
	if (n < 0)
		return -1;
	chosen = xcalloc((size_t)n, sizeof(struct candidate *));
	if (select_each(l, c, choice, label, chosen, &notes, err) < 0)
		return -1;
	*ret = steal_ptr(chosen);
	*ret_n = (size_t)n;
	*ret_note = notes.len ? buf_steal(&notes) : NULL;
	return 0;
}
