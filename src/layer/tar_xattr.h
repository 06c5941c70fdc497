/* Extended attributes in PAX records. */
#ifndef LAYER_TAR_XATTR_H
#define LAYER_TAR_XATTR_H

#include <stdbool.h>

#include "vc/tree.h"

/* True and *ret (owned by the caller) when the record is an attribute. */
bool tar_xattr(const char *key, const char *value, size_t len,
	       struct xattr *ret);

#endif
