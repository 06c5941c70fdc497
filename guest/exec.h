/* The child's half of an exec; see exec.c. */
#ifndef GUEST_EXEC_H
#define GUEST_EXEC_H

#include <stdbool.h>

#include "vc/error.h"
#include "vc/msg.h"

enum exec_step { EXEC_STEP_STDIO, EXEC_STEP_CWD, EXEC_STEP_AS, EXEC_STEP_RUN };

/* What the child says through its error pipe when it could not exec. */
struct exec_verdict {
	int errnum;
	enum exec_step step;
	char words[256]; /* of EXEC_STEP_AS */
};

/* A child's three descriptors and, if it has one, its terminal. */
struct exec_fds {
	int stdio[3];
	int terminal; /* pty slave, or -1 */
};

/*
 * What runs in the child, after fork(): exec_child() becomes msg, or writes a
 * verdict and exits; `image`: as a command of an image is run.  Another body
 * does the same for work of ours; closing `verdict` unwritten says that it
 * has begun.
 */
typedef void exec_body(const struct msg_exec *msg, struct strv *env,
		       const struct exec_fds *fds, bool image, int verdict);
struct stream;
/* Starts body(msg) as the process of s; msg may be released afterwards. */
void exec_start(struct stream *s, const struct msg_exec *msg, exec_body *body);
/* Writes a verdict, errno or `why` (may be NULL), and exits. */
void exec_give_up(int verdict, enum exec_step step, const struct vc_error *why)
	__attribute__((noreturn));
void exec_child(const struct msg_exec *msg, struct strv *env,
		const struct exec_fds *fds, bool image, int verdict)
	__attribute__((noreturn));
/* The environment of an exec: ours, or what every image's command has,
 * overlaid by the message's. */
void exec_environment(const struct strv *over, bool image, struct strv *ret);
/* exec_image.c: in the child, its descriptors in place: goes to the directory
 * (made if missing) and becomes the user, as docker would have it. */
int exec_as_image(const struct msg_exec *msg, struct strv *env,
		  struct vc_error *err);
/* exec_verdict.c: why argv0 was not run, in words without its name, owned by
 * the caller. */
char *exec_verdict_words(const struct exec_verdict *v, const char *argv0);

/* pty.c: a terminal of `rows` x `cols` (0: unknown); ret[0] master, ret[1]
 * slave. */
int pty_open(uint16_t rows, uint16_t cols, int ret[2]);
int pty_resize(int master, uint16_t rows, uint16_t cols);

#endif
