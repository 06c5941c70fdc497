/*
 * Container images on the host, from whatever holds them: an OCI layout
 * directory, an OCI or docker archive (a tar, plain or compressed), told
 * apart by content.  Everything read is hostile: digests and sizes are
 * checked before anything is handed on, and no name from inside becomes a
 * path of the host.
 */
#ifndef VC_IMAGE_H
#define VC_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/source.h"
#include "vc/strv.h"

enum image_kind {
	IMAGE_OCI_LAYOUT,     /* directory */
	IMAGE_OCI_ARCHIVE,    /* tar of a layout */
	IMAGE_DOCKER_ARCHIVE, /* tar with manifest.json */
	IMAGE_ROOTFS_TAR,     /* any other tar: a root file system */
	IMAGE_ROOTFS_DIR,     /* any other directory */
};

struct image_set; /* an opened input; holds spooled data and its temp files */

/*
 * Opens `path` ("-": the fd `in`, else ignored).  Archives are inflated once
 * and indexed into a nameless file in spool_dir.
 */
int image_set_open(const char *path, int in, const char *spool_dir,
		   struct image_set **ret, struct vc_error *err);
void image_set_free(struct image_set *set);
void image_set_cleanup(struct image_set **set);
#define _cleanup_image_set_ __attribute__((cleanup(image_set_cleanup)))
enum image_kind image_set_kind(const struct image_set *set);

struct image_choice {
	const char *arch; /* "x86_64" or "aarch64": what the VM runs */
	const char *tag;  /* only the image of this ref name; NULL: all */
	const char *name; /* the name to give it; NULL: its own */
	const char *fallback_name; /* for an image without one; NULL: "imported:latest" */
};

/*
 * Chooses and checks images of the set, before anything is sent: manifests,
 * configs, architecture, the digest and diff_id of every layer (layers are
 * inflated into the spool).  Fails as a whole.  *ret_platform_note is owned
 * by the caller: what was taken out of a multi-arch index ("linux/arm64 of
 * linux/amd64, linux/arm64"), or NULL.
 */
int image_set_choose(struct image_set *set, const struct image_choice *choice,
		     char **ret_platform_note, struct vc_error *err);

/* Of what was chosen: the names, for messages. */
const struct strv *image_set_names(const struct image_set *set);

/*
 * What was chosen as one docker-archive (manifest.json, configs, plain
 * layers), to be read to its end and freed; the set must outlive it.
 * For IMAGE_ROOTFS_*: the root file system as a plain tar.
 */
int image_set_source(struct image_set *set, struct byte_source **ret,
		     struct vc_error *err);

#endif
