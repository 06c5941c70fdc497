/* What lies in a state directory; docs/architecture.md has the list. */
#ifndef VM_STATE_H
#define VM_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/vm.h"

#define STATE_LOCK "lock"
#define STATE_START_LOCK "start.lock"
#define STATE_SOCKET "control.sock"
#define STATE_PID "daemon.pid"
#define STATE_DISK "state.img"
#define STATE_OVERLAY "root.qcow2"
#define STATE_CONSOLE "console.log"
#define STATE_LOG "monitor.log"

/*
 * Opens (creates, 0600) and flocks a file of the directory, waiting up to
 * timeout_ms; returns the fd, whose closing unlocks.
 */
int state_lock(const char *dir, const char *name, int timeout_ms,
	       struct vc_error *err);

/* A socket connected to the directory's monitor, or -1 and errno set. */
int state_connect(const char *dir);
/* Binds and listens, 0600; the caller holds STATE_LOCK. */
int state_listen(const char *dir, struct vc_error *err);

/* Makes state.img if it is not there, or lets it grow to `size`; a larger one
 * is kept, or an error if `fixed`.  A half-made disk is never left. */
int state_disk(const char *dir, uint64_t size, bool fixed, struct vc_error *err);

/* Makes the empty overlay of a root disk that is only read; the disk itself
 * must stand alone, without naming other files of the host. */
int state_overlay(const char *dir, const char *root, const char *format,
		  struct vc_error *err);

#endif
