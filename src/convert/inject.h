/* What a root needs in it to be one of a Gondolin guest. */
#ifndef CONVERT_INJECT_H
#define CONVERT_INJECT_H

#include "convert/graft.h"
#include "vc/convert.h"

#define INJECT_HOME "/.vcontainer"
#define INJECT_BIN INJECT_HOME "/bin"

/* An image's own /init is put aside, so that ours can be there.  Not for one
 * that is a directory. */
int inject_keep_init(struct graft *g, struct vc_error *err);
/* inject_base.c: init, helpers and modules from a base of Gondolin's own. */
int inject_base(const struct convert *c, struct convert_result *r,
		struct graft *g, struct vc_error *err);

#endif
