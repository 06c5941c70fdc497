/*
 * A guest directory that Gondolin itself has built or fetched: kernel,
 * initramfs and rootfs.ext4, named by its manifest.json if it has one.
 */
#ifndef CONVERT_GUEST_BASE_H
#define CONVERT_GUEST_BASE_H

#include "vc/error.h"

struct guest_base {
	char *kernel, *initramfs, *rootfs; /* paths, owned */
};

/* All three files are there, for this architecture ("x86_64"). */
int guest_base_open(const char *dir, const char *arch, struct guest_base *ret,
		    struct vc_error *err);
void guest_base_release(struct guest_base *b);
#define _cleanup_guest_base_ __attribute__((cleanup(guest_base_release)))

#endif
