/* A configuration for an image that has none: moby image/v1/imagev1.go,
 * MakeConfigFromV1Config. */
#include <string.h>

#include "docker_legacy.h"
#include "vc/util.h"

static struct json_object *make_rootfs(const struct strv *diff_ids)
{
	struct json_object *rootfs = json_object_new_object();
	struct json_object *ids = json_object_new_array();

	for (size_t i = 0; i < diff_ids->n; i++)
		json_object_array_add(ids,
				      json_object_new_string(diff_ids->v[i]));
	json_object_object_add(rootfs, "type", json_object_new_string("layers"));
	json_object_object_add(rootfs, "diff_ids", ids);
	return rootfs;
}

/* Engines want as many lines that are no empty layers as there are layers;
 * what made the lower ones was not kept. */
static struct json_object *make_history(struct json_object *json, size_t n)
{
	struct json_object *history = json_object_new_array();
	struct json_object *created = json_object_object_get(json, "created");

	for (size_t i = 0; i < n; i++) {
		struct json_object *line = json_object_new_object();

		if (json_object_is_type(created, json_type_string))
			json_object_object_add(line, "created",
					       json_object_get(created));
		json_object_array_add(history, line);
	}
	return history;
}

void docker_legacy_config(struct json_object *json, const struct strv *diff_ids,
			  struct buf *ret)
{
	static const char *const of_layers[] = {
		"id", "parent", "Size", "parent_id", "layer_id", "throwaway",
	};

	for (size_t i = 0; i < ARRAY_SIZE(of_layers); i++)
		json_object_object_del(json, of_layers[i]);
	json_object_object_add(json, "rootfs", make_rootfs(diff_ids));
	json_object_object_add(json, "history",
			       make_history(json, diff_ids->n));
	buf_add_str(ret, json_object_to_json_string_ext(
				 json, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
}
