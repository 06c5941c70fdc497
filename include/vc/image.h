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
#include "vc/layer.h"
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
	const char *tag;  /* only the image of this ref name ("tag", "name:tag")
			   * or digest; NULL: all */
	bool one;         /* several are an error; image_pick_*() implies it */
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

/* --- one image, layer by layer ------------------------------------------ */

/* How an image wants to be run: image-spec config.md, "config". */
struct image_runtime {
	struct strv entrypoint, cmd;
	struct strv env;    /* "NAME=value"; what is none was left out */
	char *user;         /* owned; "" when not said: root */
	char *workdir;      /* owned; absolute and clean, "/" when not said */
	char *stop_signal;  /* owned; "SIGTERM" when not said */
};
void image_runtime_release(struct image_runtime *r);

struct image_pick; /* a chosen image; nothing of its layers was read yet */
struct layout;
struct digest;

/*
 * Opens what image_set_open() opens and chooses one image of it: choice->tag
 * ("tag", "name:tag" or "sha256:...": a manifest in it) where there are
 * several, choice->arch of its platforms.  Documents are checked in size and
 * digest, layers only found.  A root file system is an image of one layer
 * without digests and with an empty runtime.
 */
int image_pick_open(const char *path, int in, const char *spool_dir,
		    const struct image_choice *choice, struct image_pick **ret,
		    struct vc_error *err);
/* The same of a layout that is open already (borrowed). */
int image_pick_layout(const struct layout *l, const char *label,
		      const struct image_choice *choice,
		      struct image_pick **ret, struct vc_error *err);
void image_pick_free(struct image_pick *p);
void image_pick_cleanup(struct image_pick **p);
#define _cleanup_image_pick_ __attribute__((cleanup(image_pick_cleanup)))

enum image_kind image_pick_kind(const struct image_pick *p);
/* Of the manifest ("sha256:..."), of the config where an archive has no
 * manifest; NULL for a root file system.  Borrowed. */
const char *image_pick_digest(const struct image_pick *p);
/* The OCI platform "linux/arm64"; owned by p. */
const char *image_pick_platform(const struct image_pick *p);
const struct image_runtime *image_pick_runtime(const struct image_pick *p);
/* `created` of the config in seconds; 0 when not said. */
int64_t image_pick_created(const struct image_pick *p);

size_t image_pick_layers(const struct image_pick *p);
/*
 * Layer i as it is stored, to be read to its end and freed.  *ret_digest and
 * *ret_diff_id (borrowed; NULL: none known) are what its bytes must have
 * before and after inflating, *ret_size its size.  Threads may read different
 * layers at once.  Not for IMAGE_ROOTFS_DIR, whose directory is
 * image_pick_dirfd().
 */
int image_pick_layer(const struct image_pick *p, size_t i,
		     struct byte_source **ret, const struct digest **ret_digest,
		     const struct digest **ret_diff_id, uint64_t *ret_size,
		     struct vc_error *err);
int image_pick_dirfd(const struct image_pick *p);

#endif
