/* A program that is to keep running: started again when it ends, but not
 * without end. */
#ifndef GUEST_DAEMON_H
#define GUEST_DAEMON_H

#include <stdbool.h>

#include "loop.h"
#include "vc/error.h"

struct daemon {
	struct loop *loop;
	char *const *argv; /* argv[0] is a path */
	int output;        /* stdout and stderr; borrowed */
	bool keep;         /* start it again when it ends */
	bool ended;        /* since the last start or daemon_stop() */
	/* it has ended; before it is started again.  May be NULL */
	void (*on_ended)(struct daemon *d, int status);
	struct child child;
	struct timer pause;
	int restarts;
	int64_t restarts_since;
};

int daemon_start(struct daemon *d, struct loop *l, struct vc_error *err);
/* SIGTERM and no restart; -1 when it has not ended at the deadline. */
int daemon_stop(struct daemon *d, int64_t due);
void daemon_signal(struct daemon *d, int sig);

#endif
