/* Names of sources, as in options and documents. */
#include "vc/convert.h"

const char *source_kind_name(enum source_kind k)
{
	switch (k) {
	case SOURCE_IMAGE:
		return "image";
	case SOURCE_OCI_LAYOUT:
		return "oci-layout";
	case SOURCE_OCI_TAR:
		return "oci-tar";
	case SOURCE_ROOTFS_TAR:
		return "rootfs-tar";
	case SOURCE_ROOTFS_DIR:
		break;
	}
	return "rootfs-dir";
}
