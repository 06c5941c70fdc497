/* Documents that are written into a layout. */
#include <string.h>

#include "layout_writer.h"
#include "vc/util.h"

#define OCI "application/vnd.oci.image."

static const char *layer_type(enum compression how)
{
	return how == COMPRESSION_GZIP ? OCI "layer.v1.tar+gzip" :
	       how == COMPRESSION_ZSTD ? OCI "layer.v1.tar+zstd" :
					 OCI "layer.v1.tar";
}

void json_add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

const char *json_text(struct json_object *o)
{
	return json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

struct json_object *descriptor_json(const char *media_type,
				    const struct layout_blob *b)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "mediaType", media_type);
	json_add_text(o, "digest", b->digest);
	json_object_object_add(o, "size",
			       json_object_new_int64((int64_t)b->size));
	return o;
}

int layout_writer_add_manifest(struct layout_writer *w,
			       const struct layout_blob *config,
			       const struct layout_blob *layers, size_t n,
			       struct layout_blob *ret, struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_object *array = json_object_new_array();
	const char *text;

	for (size_t i = 0; i < n; i++)
		json_object_array_add(
			array, descriptor_json(layer_type(layers[i].compression),
					       &layers[i]));
	json_object_object_add(o, "schemaVersion", json_object_new_int(2));
	json_add_text(o, "mediaType", OCI "manifest.v1+json");
	json_object_object_add(o, "config",
			       descriptor_json(OCI "config.v1+json", config));
	json_object_object_add(o, "layers", array);
	text = json_text(o);
	return layout_writer_add_bytes(w, text, strlen(text), ret, err);
}
