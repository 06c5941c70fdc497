/* Image configurations: image-spec config.md. */
#ifndef OCI_CONFIG_H
#define OCI_CONFIG_H

#include "digest.h"
#include "json.h"
#include "platform.h"

struct image_config {
	struct platform platform;
	struct digest *diff_ids; /* owned */
	size_t n;
};

int image_config_parse(struct json_object *o, struct image_config *ret,
		       struct vc_error *err);
void image_config_release(struct image_config *c);
#define _cleanup_image_config_ __attribute__((cleanup(image_config_release)))

#endif
