/* Parsing manifest.json. */
#include "docker_manifest.h"

#include <stdlib.h>

#include "manifest.h"
#include "tar_index.h"
#include "vc/util.h"

#define MAX_IMAGES 256
#define MAX_TAGS 256

void docker_entries_release(struct docker_entries *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->v[i].config);
		strv_release(&e->v[i].tags);
		strv_release(&e->v[i].layers);
	}
	free(e->v);
	*e = (struct docker_entries){ 0 };
}

static int take_name(const char *text, char **ret, struct vc_error *err)
{
	*ret = tar_name_normalise(text);
	if (*ret)
		return 0;
	return vc_fail(err, 0, "'%s' is no name of a member", text);
}

static int take_texts(struct json_object *o, const char *key, size_t max,
		      bool members, struct strv *ret, struct vc_error *err)
{
	struct json_object *array;
	const char *text;
	char *name;

	if (jdoc_array(o, key, max, &array, err) < 0)
		return -1;
	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		if (jdoc_text_at(array, i, &text, err) < 0)
			return vc_wrap(err, "'%s'", key);
		if (!members) {
			strv_add(ret, text);
			continue;
		}
		if (take_name(text, &name, err) < 0)
			return vc_wrap(err, "'%s'", key);
		strv_add_take(ret, name);
	}
	return 0;
}

static int parse_entry(struct json_object *o, struct docker_entry *e,
		       struct vc_error *err)
{
	const char *config;

	if (jdoc_text(o, "Config", &config, err) < 0)
		return -1;
	if (!config)
		return vc_fail(err, 0, "'Config' is missing");
	if (take_name(config, &e->config, err) < 0 ||
	    take_texts(o, "RepoTags", MAX_TAGS, false, &e->tags, err) < 0 ||
	    take_texts(o, "Layers", MAX_LAYERS, true, &e->layers, err) < 0)
		return -1;
	return 0;
}

int docker_manifest_parse(struct json_object *o, struct docker_entries *ret,
			  struct vc_error *err)
{
	struct docker_entries e = { 0 };
	struct json_object *item;
	size_t n;

	if (!json_object_is_type(o, json_type_array))
		return vc_fail(err, 0, "not a JSON array, as in an archive of "
				       "'docker save'");
	n = json_object_array_length(o);
	if (n == 0 || n > MAX_IMAGES)
		return vc_fail(err, 0, "holds %zu images, 1 to %d are accepted",
			       n, MAX_IMAGES);
	e.v = xcalloc(n, sizeof(*e.v));
	e.n = n;
	for (size_t i = 0; i < n; i++)
		if (jdoc_object_at(o, i, &item, err) < 0 ||
		    parse_entry(item, &e.v[i], err) < 0) {
			docker_entries_release(&e);
			return vc_wrap(err, "image %zu of %zu", i + 1, n);
		}
	*ret = e;
	return 0;
}
