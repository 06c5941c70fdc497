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

static void set_groups(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++) {
		size_t k = 0;

		while (!str_eq(c->v[k].d.name, c->v[i].d.name))
			k++;
		c->v[i].group = k;
	}
}

static bool is_first(const struct candidates *c, size_t i)
{
	return c->v[i].group == i;
}

/* "a, b" of the images that match the tag (NULL: of all); *ret_n of them. */
static char *list_names(const struct candidates *c, const char *tag,
			size_t *ret_n)
{
	struct buf b = BUF_INIT;

	*ret_n = 0;
	for (size_t i = 0; i < c->n; i++) {
		const char *name = c->v[i].d.name;

		if (!is_first(c, i) || (tag && !image_name_matches(name, tag)))
			continue;
		buf_printf(&b, "%s%s", *ret_n ? ", " : "",
			   name ? name : "one without a name");
		(*ret_n)++;
	}
	return buf_steal(&b);
}

/* The number of images wanted, or -1. */
static int check_wanted(const struct candidates *c,
			const struct image_choice *choice, const char *label,
			struct vc_error *err)
{
	_cleanup_free_ char *all = NULL;
	_cleanup_free_ char *wanted = NULL;
	size_t n_all, n;

	all = list_names(c, NULL, &n_all);
	wanted = list_names(c, choice->tag, &n);
	if (!n_all)
		return vc_fail(err, 0, "'%s' holds no container image", label);
	if (!n)
		return vc_fail(err, 0, "'%s' holds no image '%s', but: %s",
			       label, choice->tag, all);
	if (n > 1 && (choice->tag || choice->name))
		return vc_fail(err, 0, "'%s' holds several images (%s): choose "
				       "one with '%s:TAG'", label, wanted,
			       label);
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

		if (!is_first(c, i) ||
		    (choice->tag &&
		     !image_name_matches(c->v[i].d.name, choice->tag)))
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

	set_groups(c);
	n = check_wanted(c, choice, label, err);
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
