/* The list of chosen images. */
#include "images.h"

#include <stdlib.h>

#include "vc/util.h"

void image_release(struct image *i)
{
	free(i->title);
	strv_release(&i->names);
	buf_release(&i->config);
	platform_release(&i->platform);
	free(i->layers);
	free(i->stored);
	*i = (struct image){ 0 };
}

void images_release(struct images *l)
{
	for (size_t i = 0; i < l->n; i++)
		image_release(&l->v[i]);
	free(l->v);
	*l = (struct images){ 0 };
}

static struct image *find(struct images *l, const struct digest *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (digest_equal(&l->v[i].id, id))
			return &l->v[i];
	return NULL;
}

int images_add(struct images *l, struct image *new, struct vc_error *err)
{
	struct image *same = find(l, &new->id);

	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < new->names.n; k++)
			if (&l->v[i] != same &&
			    strv_contains(&l->v[i].names, new->names.v[k]))
				return vc_fail(err, 0,
					"two images would both be named '%s': "
					"choose one with 'PATH:TAG'",
					new->names.v[k]);
	if (same) {
		for (size_t k = 0; k < new->names.n; k++)
			if (!strv_contains(&same->names, new->names.v[k]))
				strv_add(&same->names, new->names.v[k]);
		image_release(new);
		return 0;
	}
	if (!l->v || l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 4;
		l->v = xrealloc(l->v, l->cap * sizeof(*l->v));
	}
	l->v[l->n++] = *new;
	*new = (struct image){ 0 };
	return 0;
}
