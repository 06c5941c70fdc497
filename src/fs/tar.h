/* A tree as a tar in an open file: for the tar writer itself and for programs
 * that are fed one. */
#ifndef FS_TAR_H
#define FS_TAR_H

#include "vc/error.h"
#include "vc/tree.h"

/* From the start of fd (borrowed), which has to be empty. */
int tar_write_fd(const struct tree *t, int fd, struct vc_error *err);

#endif
