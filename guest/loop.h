/*
 * The one loop of the agent: file descriptors, deadlines and ended children.
 *
 * One event is taken from the kernel at a time.  epoll hands ready
 * descriptors out in turn, so nobody starves, and no event that was already
 * fetched can refer to something that the event before it has freed.
 */
#ifndef GUEST_LOOP_H
#define GUEST_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vc/error.h"

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#define NO_DEADLINE INT64_MAX

/* Embedded in what it belongs to; fd is the owner's, -1 when there is none. */
struct source {
	int fd;
	uint32_t events; /* watched now; 0: not in the epoll set */
	void (*ready)(struct source *s, uint32_t events);
};

struct timer {
	int64_t due; /* now_ms() clock */
	bool armed;
	void (*fire)(struct timer *t);
	struct timer *next;
};

struct child {
	pid_t pid; /* 0: none, or reaped */
	void (*ended)(struct child *c, int status); /* pid is 0 by then */
	void (*stopped)(struct child *c, int sig);  /* may be NULL */
	struct child *next;
};

struct loop {
	int epoll;
	struct timer *timers;
	struct child *children;
	struct source sigchld;
	/* called between events: the place to free what events have ended */
	void (*after)(void *arg);
	void *after_arg;
	bool interrupted; /* makes every loop_wait() return: we are going down */
};

/* Blocks SIGCHLD in this process, to take it from the loop. */
int loop_init(struct loop *l, struct vc_error *err);
void loop_release(struct loop *l);
/* events 0 takes s out; must be done before its fd is closed. */
void loop_watch(struct loop *l, struct source *s, uint32_t events);
/* Takes s out and closes its fd, if it has one. */
void loop_close(struct loop *l, struct source *s);
void timer_start(struct loop *l, struct timer *t, int64_t after_ms);
void timer_stop(struct loop *l, struct timer *t);
/* Handles one event, or returns when `due` has passed. */
void loop_once(struct loop *l, int64_t due);
/*
 * Runs the loop until *done: 0, or -1 with errno ETIMEDOUT, or EINTR when the
 * loop was interrupted.
 */
int loop_wait(struct loop *l, const bool *done, int64_t due);

/* child.c */
void child_watch(struct loop *l, struct child *c, pid_t pid);
void child_forget(struct loop *l, struct child *c); /* still reaped */
int child_init(struct loop *l, struct vc_error *err);
/*
 * What every process of ours does first after fork(): default signals, no
 * mask, umask 022, the oom killer may take it, an ordinary limit of files.
 */
void child_defaults(void);
/*
 * Runs argv (argv[0] is a path) with the console as its output and waits for
 * its end; *ret_status as of waitpid().  Killed at the deadline.
 */
int child_run(struct loop *l, char *const argv[], int64_t due, int *ret_status,
	      struct vc_error *err);
/* The same for a function of ours; its result is the exit status. */
int child_call(struct loop *l, int (*fn)(void *arg), void *arg, int64_t due,
	       int *ret_status, struct vc_error *err);
/* Forks and runs fn, does not wait; c may be NULL.  Returns the pid or -1. */
pid_t child_start(struct loop *l, struct child *c, int (*fn)(void *arg),
		  void *arg);

#endif
