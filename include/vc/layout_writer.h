/*
 * Writing OCI image layouts (image-spec image-layout.md): blobs first, each
 * under a temporary name until it is whole, then index.json in one rename.  A
 * layout that is there is added to; readers see the old or the new one.
 */
#ifndef VC_LAYOUT_WRITER_H
#define VC_LAYOUT_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "vc/buf.h"
#include "vc/error.h"
#include "vc/layer.h"
#include "vc/source.h"

struct layout_writer;

/* A blob that was written. */
struct layout_blob {
	char digest[8 + HASH_HEX_MAX];  /* "sha256:..." */
	char diff_id[8 + HASH_HEX_MAX]; /* the same before compression */
	uint64_t size;
	enum compression compression;
};

/* Opens or makes the directory `path`; one that holds something else than a
 * layout is refused. */
int layout_writer_open(const char *path, struct layout_writer **ret,
		       struct vc_error *err);
/* What was added and not tagged stays as blobs that nothing names. */
void layout_writer_free(struct layout_writer *w);
void layout_writer_cleanup(struct layout_writer **w);
#define _cleanup_layout_writer_ __attribute__((cleanup(layout_writer_cleanup)))

/*
 * Reads `in` (borrowed) to its end into a blob, compressed by `how`: NONE,
 * GZIP or ZSTD, the same bytes for the same content.
 */
int layout_writer_add(struct layout_writer *w, struct byte_source *in,
		      enum compression how, struct layout_blob *ret,
		      struct vc_error *err);
/* Bytes as they are: a configuration, a manifest. */
int layout_writer_add_bytes(struct layout_writer *w, const void *data,
			    size_t len, struct layout_blob *ret,
			    struct vc_error *err);
/* The manifest of an image with this configuration and these layers, lowest
 * first. */
int layout_writer_add_manifest(struct layout_writer *w,
			       const struct layout_blob *config,
			       const struct layout_blob *layers, size_t n,
			       struct layout_blob *ret, struct vc_error *err);

/* What index.json says of a manifest or of an index. */
struct layout_entry { /* strings borrowed; NULL: not said */
	const char *media_type;         /* NULL: that of an OCI manifest */
	const char *os, *arch, *variant;
	const char *ref;                /* org.opencontainers.image.ref.name */
};

/*
 * Puts the blob into index.json.  An entry of the same ref and platform, or
 * without a ref and of the same digest, is replaced; with a ref and without a
 * platform, all of that ref.  Done when it returns; writers of one layout
 * wait for each other.
 */
int layout_writer_tag(struct layout_writer *w, const struct layout_blob *b,
		      const struct layout_entry *e, struct vc_error *err);

/*
 * The layout in the directory as an OCI archive, made while it is read:
 * oci-layout, index.json, the blobs in order, no times and owners, so that the
 * same layout gives the same bytes.  dirfd is borrowed and must stay open.
 */
int layout_tar_source(int dirfd, struct byte_source **ret,
		      struct vc_error *err);

#endif
