/* What the guest's console says. */
#include "vm/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

#define LOG_MAX (1024u * 1024u)
#define TAIL_MAX 8192u

void console_init(struct console *c, int fd, const char *log_path)
{
	*c = (struct console){ .fd = fd, .log_fd = -1, .tail = BUF_INIT };
	if (log_path)
		c->log_fd = open(log_path,
				 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
				 0600);
}

void console_release(struct console *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->log_fd >= 0)
		close(c->log_fd);
	buf_release(&c->tail);
	*c = (struct console){ .fd = -1, .log_fd = -1 };
}

static void write_log(struct console *c, const char *data, size_t len)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (c->log_fd < 0)
		return;
	if (c->logged + len > LOG_MAX) { /* begin again: the end matters most */
		if (ftruncate(c->log_fd, 0) < 0 || lseek(c->log_fd, 0, SEEK_SET) < 0)
			return;
		c->logged = 0;
	}
	/* a full disk must not stop the VM for the sake of its log */
	if (write_all(c->log_fd, data, len, &err) == 0)
		c->logged += len;
}

void console_fill(struct console *c)
{
	char chunk[4096];
	ssize_t n = read(c->fd, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		c->eof = true;
		return;
	}
	write_log(c, chunk, (size_t)n);
	buf_add(&c->tail, chunk, (size_t)n);
	if (c->tail.len > TAIL_MAX)
		buf_consume(&c->tail, c->tail.len - TAIL_MAX);
}

char *console_tail(const struct console *c, int lines)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *start;

	if (!c->tail.len)
		return xstrdup("");
	text = printable(buf_ptr(&c->tail), c->tail.len);
	for (size_t n = strlen(text); n && text[n - 1] == '\n'; n--)
		text[n - 1] = '\0';
	start = text + strlen(text);
	while (start > text && (start[-1] != '\n' || --lines > 0))
		start--;
	for (char *save = NULL, *line = strtok_r(start, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		buf_printf(&out, "\n    %s", line);
	return buf_steal(&out);
}
