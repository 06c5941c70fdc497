/* Stage "root": from the initramfs to the root the engines live in. */
#ifndef GUEST_ROOT_H
#define GUEST_ROOT_H

#include "vc/error.h"

/* `device` holds a squashfs; afterwards "/" is it, writable in memory. */
int root_switch(const char *device, struct vc_error *err);

#endif
