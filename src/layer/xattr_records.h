/* Extended attributes of a file as PAX records. */
#ifndef LAYER_XATTR_RECORDS_H
#define LAYER_XATTR_RECORDS_H

#include "vc/buf.h"
#include "vc/error.h"

/* Appends the records of what belongs into an image; `path` for messages. */
int xattr_records(int fd, const char *path, struct buf *records,
		  struct vc_error *err);

#endif
