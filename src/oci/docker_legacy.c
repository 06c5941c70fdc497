/* Reading what legacy archives say. */
#include "docker_legacy.h"

#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "manifest.h"
#include "vc/util.h"

#define MAX_IMAGES 256
#define ID_LEN 64

static bool is_id(const char *s, size_t len)
{
	return len == ID_LEN && strspn(s, "0123456789abcdef") >= ID_LEN;
}

/* "<id>/json" */
static bool is_json_member(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash && is_id(name, (size_t)(slash - name)) &&
	       !strcmp(slash, "/json");
}

bool docker_legacy_is(const struct tar_index *index)
{
	if (tar_index_has(index, "repositories"))
		return true;
	for (size_t i = 0; i < index->n; i++)
		if (is_json_member(index->v[i].name))
			return true;
	return false;
}

void legacy_images_release(struct legacy_images *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].id);
		strv_release(&l->v[i].tags);
	}
	free(l->v);
	*l = (struct legacy_images){ 0 };
}

static int read_object(const struct tar_index *index, const char *name,
		       struct json_object **ret, struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	struct blob b = BLOB_INIT;

	if (tar_index_document(index, name, &b.at, err) < 0)
		return -1;
	if (blob_read_all(&b, &bytes, err) == 0)
		o = jdoc_parse(buf_ptr(&bytes), bytes.len, err);
	if (!o)
		return vc_wrap(err, "'%s'", name);
	if (!json_object_is_type(o, json_type_object))
		return vc_fail(err, 0, "'%s' is not a JSON object", name);
	*ret = steal_ptr(o);
	return 0;
}

static int add(struct legacy_images *l, const char *id,
	       struct legacy_image **ret, struct vc_error *err)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].id, id)) {
			*ret = &l->v[i];
			return 0;
		}
	if (l->n == MAX_IMAGES)
		return vc_fail(err, 0, "more than %d images", MAX_IMAGES);
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->v = xrealloc(l->v, l->cap * sizeof(*l->v));
	}
	l->v[l->n] = (struct legacy_image){ .id = xstrdup(id) };
	*ret = &l->v[l->n++];
	return 0;
}

/* {"name": {"tag": "<id>"}} */
static int take_tags(struct legacy_images *l, const char *name,
		     struct json_object *tags, struct vc_error *err)
{
	struct legacy_image *image;
	const char *id;

	if (!json_object_is_type(tags, json_type_object))
		return vc_fail(err, 0, "the tags of an image are no object");
	json_object_object_foreach(tags, tag, value) {
		(void)value;
		if (jdoc_check_key(name, err) < 0 ||
		    jdoc_check_key(tag, err) < 0 ||
		    jdoc_text(tags, tag, &id, err) < 0)
			return -1;
		if (!id || !is_id(id, strlen(id)))
			return vc_fail(err, 0, "'%s' is no ID of an image",
				       id ? id : "");
		if (add(l, id, &image, err) < 0)
			return -1;
		strv_addf(&image->tags, "%s:%s", name, tag);
	}
	return 0;
}

static int take_repositories(const struct tar_index *index,
			     struct legacy_images *l, struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;

	if (!tar_index_has(index, "repositories"))
		return 0;
	if (read_object(index, "repositories", &o, err) < 0)
		return -1;
	json_object_object_foreach(o, name, tags) {
		if (take_tags(l, name, tags, err) < 0)
			return vc_wrap(err, "'repositories'");
	}
	return 0;
}

static int read_layer(const struct tar_index *index, const char *id,
		      struct json_object **ret, const char **ret_parent,
		      struct vc_error *err)
{
	_cleanup_free_ char *name = xasprintf("%s/json", id);
	_cleanup_json_ struct json_object *o = NULL;
	const char *parent;

	if (read_object(index, name, &o, err) < 0)
		return -1;
	if (jdoc_text(o, "parent", &parent, err) < 0)
		return vc_wrap(err, "'%s'", name);
	if (parent && *parent && !is_id(parent, strlen(parent)))
		return vc_fail(err, 0, "'%s': its parent '%s' is no ID", name,
			       parent);
	*ret_parent = parent && *parent ? parent : NULL;
	*ret = steal_ptr(o);
	return 0;
}

/* Saved by ID, an image has no name. */
static int take_heads(const struct tar_index *index, struct legacy_images *l,
		      struct vc_error *err)
{
	_cleanup_strv_ struct strv ids = STRV_INIT, parents = STRV_INIT;
	struct legacy_image *image;

	for (size_t i = 0; i < index->n && ids.n <= MAX_LAYERS; i++) {
		_cleanup_json_ struct json_object *o = NULL;
		_cleanup_free_ char *id = xstrndup(index->v[i].name, ID_LEN);
		const char *parent = NULL;

		if (!is_json_member(index->v[i].name))
			continue;
		if (read_layer(index, id, &o, &parent, err) < 0)
			return -1;
		strv_add(&ids, id);
		if (parent)
			strv_add(&parents, parent);
	}
	for (size_t i = 0; i < ids.n; i++)
		if (!strv_contains(&parents, ids.v[i]) &&
		    add(l, ids.v[i], &image, err) < 0)
			return -1;
	return 0;
}

int docker_legacy_list(const struct tar_index *index,
		       struct legacy_images *ret, struct vc_error *err)
{
	_cleanup_legacy_images_ struct legacy_images l = { 0 };

	if (take_repositories(index, &l, err) < 0 ||
	    (!l.n && take_heads(index, &l, err) < 0))
		return -1;
	if (!l.n)
		return vc_fail(err, 0, "it holds no image");
	*ret = l;
	l = (struct legacy_images){ 0 };
	return 0;
}

int docker_legacy_chain(const struct tar_index *index, const char *id,
			struct strv *ret_ids, struct json_object **ret_json,
			struct vc_error *err)
{
	_cleanup_json_ struct json_object *top = NULL;
	_cleanup_free_ char *at = xstrdup(id);
	_cleanup_strv_ struct strv ids = STRV_INIT;

	while (at) {
		_cleanup_json_ struct json_object *o = NULL;
		const char *parent = NULL;

		if (strv_contains(&ids, at))
			return vc_fail(err, 0, "layer '%.12s' is among its own "
					       "parents", at);
		if (ids.n == MAX_LAYERS)
			return vc_fail(err, 0, "more than %d layers",
				       MAX_LAYERS);
		if (read_layer(index, at, &o, &parent, err) < 0)
			return -1;
		strv_insert(&ids, 0, at);
		free(at);
		at = parent ? xstrdup(parent) : NULL;
		if (!top)
			top = steal_ptr(o);
	}
	strv_release(ret_ids);
	*ret_ids = ids;
	ids = (struct strv)STRV_INIT;
	*ret_json = steal_ptr(top);
	return 0;
}
