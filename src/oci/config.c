/* Of a configuration we read what the image is for and what its layers must
 * be; all else is for the engine, which gets it byte by byte. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "vc/util.h"

void image_config_release(struct image_config *c)
{
	platform_release(&c->platform);
	free(c->diff_ids);
	*c = (struct image_config){ 0 };
}

static int parse_diff_id(struct json_object *ids, size_t i, struct digest *ret,
			 struct vc_error *err)
{
	const char *text;

	if (jdoc_text_at(ids, i, &text, err) < 0 ||
	    digest_parse(text, ret, err) < 0)
		return -1;
	/* both engines compare with a SHA-256 of their own making */
	if (ret->kind != HASH_SHA256)
		return vc_fail(err, 0, "not a sha256 digest, which is what "
				       "docker and podman read");
	return 0;
}

static int parse_rootfs(struct json_object *o, struct image_config *c,
			struct vc_error *err)
{
	struct json_object *rootfs, *ids;
	const char *type;

	if (jdoc_object(o, "rootfs", &rootfs, err) < 0)
		return -1;
	if (!rootfs)
		return vc_fail(err, 0, "'rootfs' is missing");
	if (jdoc_text(rootfs, "type", &type, err) < 0 ||
	    jdoc_array(rootfs, "diff_ids", MAX_LAYERS, &ids, err) < 0)
		return -1;
	if (!type || strcmp(type, "layers"))
		return vc_fail(err, 0, "'rootfs.type' is '%s', not 'layers'",
			       type ? type : "");
	c->n = ids ? json_object_array_length(ids) : 0;
	c->diff_ids = xcalloc(c->n, sizeof(*c->diff_ids));
	for (size_t i = 0; i < c->n; i++)
		if (parse_diff_id(ids, i, &c->diff_ids[i], err) < 0)
			return vc_wrap(err, "diff_id %zu of %zu", i + 1, c->n);
	return 0;
}

int image_config_parse(struct json_object *o, struct image_config *ret,
		       struct vc_error *err)
{
	struct image_config c = { 0 };

	if (!json_object_is_type(o, json_type_object))
		return vc_fail(err, 0, "config: not a JSON object");
	if (platform_parse(o, &c.platform, err) < 0 ||
	    parse_rootfs(o, &c, err) < 0) {
		image_config_release(&c);
		return vc_wrap(err, "config");
	}
	*ret = c;
	return 0;
}
