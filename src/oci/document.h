/* Documents that are blobs: read, compared with their descriptor, parsed. */
#ifndef OCI_DOCUMENT_H
#define OCI_DOCUMENT_H

#include "descriptor.h"
#include "layout.h"
#include "vc/buf.h"

/* Size first, then digest, then JSON.  bytes may be NULL. */
int document_read(const struct layout *l, const struct descriptor *d,
		  struct buf *ret_bytes, struct json_object **ret,
		  struct vc_error *err);
/*
 * That o is what `kind` (MEDIA_INDEX or MEDIA_MANIFEST) says and nothing else
 * at once (CVE-2021-41190); a mediaType inside must be that of the descriptor
 * (media_type; NULL: any of the kind).
 */
int document_check(struct json_object *o, enum media_kind kind,
		   const char *media_type, struct vc_error *err);

#endif
