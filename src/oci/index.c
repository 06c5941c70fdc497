/* Walking indexes, however deep they are nested, within bounds. */
#include "index.h"

#include <stdlib.h>

#include "document.h"
#include "vc/util.h"

/* An index cannot contain its own digest, so there are no loops that end in
 * valid digests; the bounds are against sheer size. */
#define MAX_DEPTH 4
#define MAX_INDEXES 64
#define MAX_ENTRIES 1024

struct walk {
	const struct layout *l;
	struct candidates *ret;
	size_t indexes;
	size_t top;
	struct digest top_digest;
	const char *name; /* of the top entry */
};

void candidates_release(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		descriptor_release(&c->v[i].d);
	free(c->v);
	*c = (struct candidates){ 0 };
}

static int add(struct walk *w, const struct descriptor *d, struct vc_error *err)
{
	struct candidates *c = w->ret;
	struct candidate *new;

	/* the same manifest of the same name again is the same image */
	for (size_t i = 0; i < c->n; i++)
		if (digest_equal(&c->v[i].d.digest, &d->digest) &&
		    str_eq(c->v[i].d.name, w->name ? w->name : d->name))
			return 0;
	if (c->n == MAX_ENTRIES)
		return vc_fail(err, 0, "more than %d manifests", MAX_ENTRIES);
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 8;
		c->v = xrealloc(c->v, c->cap * sizeof(*c->v));
	}
	new = &c->v[c->n++];
	*new = (struct candidate){ .top = w->top, .top_digest = w->top_digest };
	descriptor_copy(&new->d, d);
	if (w->name) {
		free(new->d.name);
		new->d.name = xstrdup(w->name);
	}
	return 0;
}

static int walk_index(struct walk *w, struct json_object *index,
		      const char *media_type, int depth, struct vc_error *err);

static int walk_nested(struct walk *w, const struct descriptor *d, int depth,
		       struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;

	if (depth == MAX_DEPTH)
		return vc_fail(err, 0, "indexes are nested more than %d deep",
			       MAX_DEPTH);
	if (++w->indexes > MAX_INDEXES)
		return vc_fail(err, 0, "more than %d indexes", MAX_INDEXES);
	if (document_read(w->l, d, NULL, &o, err) < 0)
		return -1;
	return walk_index(w, o, d->media_type, depth, err);
}

static int walk_entry(struct walk *w, const struct descriptor *d, int depth,
		      struct vc_error *err)
{
	if (d->attestation)
		return 0;
	switch (d->kind) {
	case MEDIA_INDEX:
		return walk_nested(w, d, depth + 1, err);
	case MEDIA_MANIFEST:
		return add(w, d, err);
	case MEDIA_SCHEMA1:
		return vc_fail(err, 0, "a docker manifest of schema 1, which is "
				       "no longer read: convert it with "
				       "'skopeo copy'");
	case MEDIA_UNKNOWN:
	case MEDIA_CONFIG:
	case MEDIA_LAYER:
	case MEDIA_FOREIGN_LAYER:
	case MEDIA_ENCRYPTED_LAYER:
		/* image-index.md: entries of unknown types must be ignored */
		break;
	}
	return 0;
}

static int walk_index(struct walk *w, struct json_object *index,
		      const char *media_type, int depth, struct vc_error *err)
{
	struct json_object *entries, *o;

	if (document_check(index, MEDIA_INDEX, media_type, err) < 0 ||
	    jdoc_array(index, "manifests", MAX_ENTRIES, &entries, err) < 0)
		return -1;
	for (size_t i = 0; i < json_object_array_length(entries); i++) {
		struct descriptor d = { 0 };
		int r;

		if (jdoc_object_at(entries, i, &o, err) < 0 ||
		    descriptor_parse(o, &d, err) < 0)
			return vc_wrap(err, "manifest %zu of an index", i + 1);
		if (depth == 0) {
			w->top = i;
			w->top_digest = d.digest;
			w->name = d.name;
		}
		r = walk_entry(w, &d, depth, err);
		descriptor_release(&d);
		if (depth == 0)
			w->name = NULL;
		if (r < 0)
			return -1;
	}
	return 0;
}

int index_walk(const struct layout *l, struct json_object *index,
	       struct candidates *ret, struct vc_error *err)
{
	struct walk w = { .l = l, .ret = ret };

	return walk_index(&w, index, NULL, 0, err);
}
