/* PAX extended headers: records "length key=value\n". */
#ifndef LAYER_TAR_PAX_H
#define LAYER_TAR_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tar_sparse.h"
#include "vc/buf.h"
#include "vc/tree.h"

/* What the records say of the next member; what is not said keeps the value
 * of its header. */
struct tar_pax {
	char *path, *link; /* owned; NULL: not said */
	bool has_size, has_uid, has_gid, has_mtime, has_real_size;
	int64_t size, uid, gid, mtime, real_size;
	uint32_t mtime_ns;
	char *sparse_name;  /* owned */
	int sparse_version; /* 10 * major + minor; -1: not said */
	bool has_map;
	struct sparse_map map;
	struct xattr *xattrs; /* owned */
	uint32_t n_xattrs;
	/* of records that come in two */
	int64_t piece_at, major, minor;
};

void pax_init(struct tar_pax *p);
void pax_release(struct tar_pax *p); /* and init */
/* All records of one header.  -1 and *ret_why, static, when they are bad. */
int pax_parse(struct tar_pax *p, const struct buf *records,
	      const char **ret_why);

#endif
