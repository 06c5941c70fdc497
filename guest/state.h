/* Stage "state": the disk whose contents outlive the VM. */
#ifndef GUEST_STATE_H
#define GUEST_STATE_H

#include <stdbool.h>

#include "loop.h"
#include "vc/error.h"

/*
 * Checks the file system if it must be, mounts it on /state, grows it to its
 * disk, and binds its directories to where the engines expect them.
 */
int state_mount(struct loop *l, const char *device, bool persistent,
		struct vc_error *err);

#endif
