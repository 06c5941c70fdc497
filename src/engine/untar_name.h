/* Member names as paths below a directory. */
#ifndef ENGINE_UNTAR_NAME_H
#define ENGINE_UNTAR_NAME_H

#include "engine/untar.h"

/*
 * "./a//b/" -> "a/b", "" for the top of the archive; NULL for a name that is
 * refused: one with "..", an absolute one, unless `absolute`, or the empty
 * one.  Owned by the caller.
 */
char *untar_clean(const char *name, bool absolute);
/* Where the member with that clean name goes below u->dirfd; "" is dirfd
 * itself. Owned by the caller. */
char *untar_place(const struct untar *u, const char *clean);
/* True when both are below the same first part. */
bool untar_same_top(const char *a, const char *b);

#endif
