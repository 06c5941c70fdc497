/* Descriptors: image-spec descriptor.md. */
#ifndef OCI_DESCRIPTOR_H
#define OCI_DESCRIPTOR_H

#include <stdint.h>

#include "digest.h"
#include "json.h"
#include "media_type.h"
#include "platform.h"

struct descriptor {
	char *media_type; /* owned, never NULL once parsed */
	enum media_kind kind;
	struct digest digest;
	uint64_t size;
	struct platform platform; /* empty when not said */
	char *name; /* org.opencontainers.image.ref.name and the like, or NULL */
	bool attestation; /* about an image, not an image */
	bool elsewhere;   /* has "urls" */
};

int descriptor_parse(struct json_object *o, struct descriptor *ret,
		     struct vc_error *err);
void descriptor_release(struct descriptor *d);
void descriptor_copy(struct descriptor *to, const struct descriptor *from);

#endif
