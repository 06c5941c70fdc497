/* Content digests: image-spec, descriptor.md, "Digests". */
#ifndef OCI_DIGEST_H
#define OCI_DIGEST_H

#include "vc/error.h"
#include "vc/layer.h"

struct digest {
	enum hash_kind kind;
	char hex[HASH_HEX_MAX]; /* lower case, of the kind's length */
};

/* "sha256:<64 hex>" or "sha512:<128 hex>", strictly: nothing else becomes a
 * struct digest, so that one may be made into a file name. */
int digest_parse(const char *text, struct digest *ret, struct vc_error *err);
/* "sha256:..." / "blobs/sha256/...", owned by the caller. */
char *digest_text(const struct digest *d);
char *digest_path(const struct digest *d);
bool digest_equal(const struct digest *a, const struct digest *b);
int hash_extent(struct hash *h, const struct extent *e, struct vc_error *err);
/* Finishes h and compares; err->errnum is EBADMSG when they differ. */
int digest_check(const struct digest *d, struct hash *h, struct vc_error *err);
int digest_check_bytes(const struct digest *d, const void *data, size_t len,
		       struct vc_error *err);
int digest_check_extent(const struct digest *d, const struct extent *e,
			struct vc_error *err);
void digest_of_bytes(const void *data, size_t len, struct digest *ret);

#endif
