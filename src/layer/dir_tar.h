/* Directories of the host as tars that only we read. */
#ifndef LAYER_DIR_TAR_H
#define LAYER_DIR_TAR_H

#include "vc/source.h"

/* dir_tar_source() with the holes of sparse files kept as such, in GNU's
 * format 1.0, which not every reader of tars knows. */
struct byte_source *dir_tar_source_with_holes(int dirfd, const char *label);

#endif
