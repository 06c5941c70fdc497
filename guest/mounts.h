/* Mounting, with words for what went wrong. */
#ifndef GUEST_MOUNTS_H
#define GUEST_MOUNTS_H

#include "vc/error.h"

struct mount_entry {
	const char *source, *target, *type;
	unsigned long flags;
	const char *data;
};

/* Makes the target directory and mounts; already mounted (EBUSY) is fine. */
int mount_one(const struct mount_entry *m, struct vc_error *err);
/* /proc, /sys and /dev: before anything else can work. */
int mount_early(struct vc_error *err);
/* What a system has below its root, once the root is there. */
int mount_system(struct vc_error *err);
/* The part of it that a container finds as well: what is below /dev, and the
 * cgroups. */
int mount_devices(struct vc_error *err);
/*
 * At power off: everything that is not the root or the kernel's, last mounted
 * first, lazily where it is busy, and /state read-only if even that is.
 */
void unmount_all(void);
/* One line into a file below /proc or /sys. */
int write_text(const char *path, const char *text);
/* The same into a file of any length that need not be there. */
int write_new(const char *path, const char *text);

#endif
