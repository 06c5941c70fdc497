/* The guest's console: the last lines for error messages, and console.log,
 * which a noisy or hostile guest cannot make grow without bound. */
#ifndef VM_CONSOLE_H
#define VM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "vc/buf.h"

struct console {
	int fd;     /* owned: from QEMU */
	int log_fd; /* owned: the file, or -1 */
	size_t logged;
	struct buf tail;
	bool eof;
};

/* log_path NULL: keep the tail only. */
void console_init(struct console *c, int fd, const char *log_path);
void console_release(struct console *c);
void console_fill(struct console *c);
/* The last `lines` lines on one line each, cleaned of control characters and
 * indented; "" when there are none.  Owned by the caller. */
char *console_tail(const struct console *c, int lines);

#endif
