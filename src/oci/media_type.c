/* The table of media types. */
#include "media_type.h"

#include <string.h>

#include "vc/util.h"

#define OCI "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

static const struct {
	const char *type;
	enum media_kind kind;
} types[] = {
	{ OCI "index.v1+json", MEDIA_INDEX },
	{ OCI "manifest.v1+json", MEDIA_MANIFEST },
	{ OCI "config.v1+json", MEDIA_CONFIG },
	{ OCI "layer.v1.tar", MEDIA_LAYER },
	{ OCI "layer.v1.tar+gzip", MEDIA_LAYER },
	{ OCI "layer.v1.tar+zstd", MEDIA_LAYER },
	{ OCI "layer.nondistributable.v1.tar", MEDIA_FOREIGN_LAYER },
	{ OCI "layer.nondistributable.v1.tar+gzip", MEDIA_FOREIGN_LAYER },
	{ OCI "layer.nondistributable.v1.tar+zstd", MEDIA_FOREIGN_LAYER },
	{ DOCKER "distribution.manifest.list.v2+json", MEDIA_INDEX },
	{ DOCKER "distribution.manifest.v2+json", MEDIA_MANIFEST },
	{ DOCKER "container.image.v1+json", MEDIA_CONFIG },
	{ DOCKER "image.rootfs.diff.tar", MEDIA_LAYER },
	{ DOCKER "image.rootfs.diff.tar.gzip", MEDIA_LAYER },
	{ DOCKER "image.rootfs.diff.tar.zstd", MEDIA_LAYER },
	{ DOCKER "image.rootfs.foreign.diff.tar", MEDIA_FOREIGN_LAYER },
	{ DOCKER "image.rootfs.foreign.diff.tar.gzip", MEDIA_FOREIGN_LAYER },
	{ DOCKER "distribution.manifest.v1+json", MEDIA_SCHEMA1 },
	{ DOCKER "distribution.manifest.v1+prettyjws", MEDIA_SCHEMA1 },
};

enum media_kind media_kind(const char *media_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(media_type, types[i].type))
			return types[i].kind;
	/* ocicrypt appends to the type of the layer it has encrypted */
	if (str_ends(media_type, "+encrypted"))
		return MEDIA_ENCRYPTED_LAYER;
	return MEDIA_UNKNOWN;
}
