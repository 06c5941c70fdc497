/* Root file systems, which have no manifest to ask. */
#ifndef OCI_ROOTFS_H
#define OCI_ROOTFS_H

#include "input.h"
#include "vc/image.h"

/* That a directory is one at all. */
int rootfs_check_dir(int dirfd, const char *label, struct vc_error *err);
/* The name and, where its programs tell, whether it is for the VM. */
int rootfs_choose(const struct input *in, const struct image_choice *choice,
		  struct strv *ret_names, struct vc_error *err);

#endif
