/*
 * An OCI image layout (image-spec image-layout.md), in a directory or in a
 * tar: documents by their fixed names, blobs by digest and nothing else.
 */
#ifndef OCI_LAYOUT_H
#define OCI_LAYOUT_H

#include "digest.h"
#include "json.h"
#include "vc/buf.h"
#include "vc/layer.h"

struct blob {
	struct extent at;
	int own_fd; /* that at.fd is, when it is ours to close; else -1 */
};

#define BLOB_INIT { { -1, 0, 0 }, -1 }
void blob_release(struct blob *b);
#define _cleanup_blob_ __attribute__((cleanup(blob_release)))

struct layout {
	/* err->errnum is ENOENT for a blob that is not there */
	int (*find_blob)(const struct layout *l, const struct digest *d,
			 struct blob *ret, struct vc_error *err);
	int (*find_document)(const struct layout *l, const char *name,
			     struct blob *ret, struct vc_error *err);
	/* what it is an implementation over: one of these two */
	int dirfd;
	const struct tar_index *index;
};

/* dirfd and index are borrowed. */
void layout_of_dir(struct layout *l, int dirfd);
void layout_of_archive(struct layout *l, const struct tar_index *index);

/* The blob, of that size; its content is still to be checked. */
int layout_find_sized(const struct layout *l, const struct digest *d,
		      uint64_t size, struct blob *ret, struct vc_error *err);
/* index.json, after a look at oci-layout. */
int layout_read_index(const struct layout *l, struct json_object **ret,
		      struct vc_error *err);
/* Its bytes; takes b->own_fd, to be closed with the source. */
struct byte_source *blob_source(struct blob *b);
/* All of a document, at most JSON_MAX_SIZE. */
int blob_read_all(const struct blob *b, struct buf *ret, struct vc_error *err);

#endif
