/* Tar headers for the guest's tar. */
#ifndef ENGINE_COPY_HEADER_H
#define ENGINE_COPY_HEADER_H

#include "vc/layer.h"

/*
 * As tar_put_header(), but for a reader that knows GNU's extensions and not
 * PAX: busybox.  Records are not written.
 */
void copy_put_header(struct buf *out, const struct tar_entry *e);

#endif
