/* Stage "root": from the initramfs to the root the engines live in. */
#ifndef GUEST_ROOT_H
#define GUEST_ROOT_H

#include "vc/error.h"

/* `device` holds a squashfs; afterwards "/" is it, writable in memory. */
int root_switch(const char *device, struct vc_error *err);

/* Its steps, for other roots. */
#define ROOT_NEW "/newroot"
/* Mounts the device read-only and memory above it on ROOT_NEW. */
int root_overlay(const char *device, const char *type, struct vc_error *err);
/* ROOT_NEW becomes "/"; what was below the old one is gone. */
int root_enter(struct vc_error *err);

#endif
