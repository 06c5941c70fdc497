/* What the parts of the layout writer share. */
#ifndef OCI_LAYOUT_WRITER_H
#define OCI_LAYOUT_WRITER_H

#include "json.h"
#include "vc/layout_writer.h"

struct layout_writer {
	char *label;   /* owned: the directory in messages */
	int dirfd;     /* owned */
	int blobs;     /* owned: blobs/sha256 */
	unsigned next; /* of the temporary names */
};

/* {"mediaType", "digest", "size"}, owned by the caller. */
struct json_object *descriptor_json(const char *media_type,
				    const struct layout_blob *b);
void json_add_text(struct json_object *o, const char *key, const char *text);
/* Without blanks, '/' as it is; borrowed from o. */
const char *json_text(struct json_object *o);

#endif
