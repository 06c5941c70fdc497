/* The child's half of an exec; see exec.c. */
#ifndef GUEST_EXEC_H
#define GUEST_EXEC_H

#include "vc/msg.h"

/* What the child says through its error pipe when it could not exec. */
struct exec_verdict {
	int errnum;
	int step; /* enum exec_step */
};

enum exec_step { EXEC_STEP_STDIO, EXEC_STEP_CWD, EXEC_STEP_RUN };

/* A child's three descriptors and, if it has one, its terminal. */
struct exec_fds {
	int stdio[3];
	int terminal; /* pty slave, or -1 */
};

/* In the child, after fork(): becomes msg, or writes a verdict and exits. */
void exec_child(const struct msg_exec *msg, char *const *env,
		const struct exec_fds *fds, int verdict)
	__attribute__((noreturn));
/* The environment of an exec: ours, overlaid by the message's. */
void exec_environment(const struct strv *over, struct strv *ret);

/* pty.c: a terminal of `rows` x `cols` (0: unknown); ret[0] master, ret[1]
 * slave. */
int pty_open(uint16_t rows, uint16_t cols, int ret[2]);
int pty_resize(int master, uint16_t rows, uint16_t cols);

#endif
