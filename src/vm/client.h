/* A client's connection to a monitor. */
#ifndef VM_CLIENT_H
#define VM_CLIENT_H

#include "vc/vm.h"
#include "vm/conn.h"

struct vm {
	struct conn conn;
	uint32_t last_stream;
	bool oneshot; /* asked for: when done, wait for its end if that comes now */
	bool failed; /* the start has: its monitor is ending */
};

/* Waits (poll) for the connection, to the command's deadline; 0 when there
 * was something, 1 after timeout_ms, -1 at the deadline or a lost monitor. */
int vm_wait(struct vm *vm, int timeout_ms, struct vc_error *err);
/* FRAME_FAILED's words as an error. */
int vm_failed(const struct frame *f, struct vc_error *err);
/* Milliseconds to the command's deadline (at most `most`); 0: it is over. */
int vm_time_left(int most);
int vm_timed_out(struct vc_error *err);
int vm_lost(struct vc_error *err);

#endif
