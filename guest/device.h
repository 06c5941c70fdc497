/* Devices the host gives the guest, and waiting until they are there. */
#ifndef GUEST_DEVICE_H
#define GUEST_DEVICE_H

#include <stdint.h>

#include "vc/error.h"

/*
 * The kernel's announcements of devices; to be opened before the first look
 * for a device, so that none is missed in between.  Returns the fd.
 */
int uevents_open(struct vc_error *err);
/* Waits for the next ones and drops them; -1 at the deadline. */
int uevents_wait(int fd, int64_t due);

/*
 * Opens the virtio port that the host has named `name`; waits for it, and for
 * the host's side of it, until due.  Non-blocking.
 */
int port_open(int uevents, const char *name, int64_t due,
	      struct vc_error *err);

/*
 * The path of the disk with this serial, owned by the caller.  When no disk
 * has a serial at all, `fallback` ("vda") is taken.
 */
char *disk_find(int uevents, const char *serial, const char *fallback,
		int64_t due, struct vc_error *err);

#endif
