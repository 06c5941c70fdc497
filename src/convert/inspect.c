/* What an image is, without reading its layers. */
#include <json-c/json.h>
#include <unistd.h>

#include "convert_private.h"
#include "oci/digest.h"
#include "vc/io.h"
#include "vc/util.h"

static struct json_object *words(const struct strv *v)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < v->n; i++)
		json_object_array_add(a, json_object_new_string(v->v[i]));
	return a;
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key,
			       text ? json_object_new_string(text) : NULL);
}

static struct json_object *runtime(const struct image_runtime *r)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "entrypoint", words(&r->entrypoint));
	json_object_object_add(o, "cmd", words(&r->cmd));
	json_object_object_add(o, "env", words(&r->env));
	add_text(o, "workdir", r->workdir);
	add_text(o, "user", r->user);
	add_text(o, "stopSignal", r->stop_signal);
	return o;
}

static int add_layer(struct json_object *layers, const struct image_pick *p,
		     size_t i, struct vc_error *err)
{
	struct json_object *o;
	const struct digest *digest, *diff_id;
	_cleanup_free_ char *text = NULL, *id = NULL;
	struct byte_source *in;
	uint64_t size;

	if (image_pick_layer(p, i, &in, &digest, &diff_id, &size, err) < 0)
		return -1;
	in->free(in);
	text = digest ? digest_text(digest) : NULL;
	id = diff_id ? digest_text(diff_id) : NULL;
	o = json_object_new_object();
	add_text(o, "digest", text);
	add_text(o, "diffId", id);
	json_object_object_add(o, "size", json_object_new_int64((int64_t)size));
	json_object_array_add(layers, o);
	return 0;
}

static int describe(const struct convert *c, const struct image_source *s,
		    struct json_object *o, struct vc_error *err)
{
	struct json_object *layers = json_object_new_array();

	add_text(o, "source", c->source);
	add_text(o, "sourceKind", source_kind_name(c->source_kind));
	add_text(o, "digest", image_pick_digest(s->pick));
	add_text(o, "platform", image_pick_platform(s->pick));
	json_object_object_add(o, "created",
			       json_object_new_int64(image_pick_created(s->pick)));
	json_object_object_add(o, "runtime", runtime(image_pick_runtime(s->pick)));
	json_object_object_add(o, "layers", layers);
	for (size_t i = 0; image_pick_kind(s->pick) != IMAGE_ROOTFS_DIR &&
			   i < image_pick_layers(s->pick); i++)
		if (add_layer(layers, s->pick, i, err) < 0)
			return vc_wrap(err, "layer %zu", i + 1);
	return 0;
}

int convert_inspect(const struct convert *c, char **ret, struct vc_error *err)
{
	_cleanup_image_source_ struct image_source s = { 0 };
	const char *tmp = getenv("TMPDIR");
	struct json_object *o;
	int r;

	if (image_source_open(c, tmp && *tmp ? tmp : "/tmp", &s, err) < 0)
		return -1;
	o = json_object_new_object();
	r = describe(c, &s, o, err);
	if (r == 0)
		*ret = xasprintf("%s\n", json_object_to_json_string_ext(
			o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	return r < 0 ? with_status(err, CONVERT_EXIT_SOURCE) : 0;
}
