/*
 * The daemon's output, through a pipe of ours: so that its file stays
 * bounded, its last words are at hand, and its lines are events.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "console.h"
#include "engine.h"
#include "vc/io.h"
#include "vc/util.h"

#define LOG_FILE "/run/vcontainer/engine.log"
#define LOG_MAX (4u * 1024u * 1024u)
#define LINE_MAX_LEN 8192u
#define TAIL_MAX 2048u

static void keep(struct engine_log *log, const char *data, size_t n)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (log->file < 0)
		return;
	if (log->size + n > LOG_MAX) {
		/* the newest is what anybody wants to read */
		if (ftruncate(log->file, 0) == 0)
			log->size = 0;
	}
	if (write_all(log->file, data, n, &err) < 0)
		console_log("'%s': %s", LOG_FILE, err.msg);
	log->size += n;
}

static void add_line(struct engine_log *log)
{
	buf_add_char(&log->tail, '\n');
	buf_add(&log->tail, buf_ptr(&log->line), log->line.len);
	while (log->tail.len > TAIL_MAX) {
		const char *start = buf_ptr(&log->tail);
		const char *end = memchr(start + 1, '\n', log->tail.len - 1);

		buf_consume(&log->tail, end ? (size_t)(end - start) :
					      log->tail.len - TAIL_MAX);
	}
	if (log->on_line && log->line.len)
		log->on_line(log, buf_ptr(&log->line));
	buf_clear(&log->line);
}

static void split(struct engine_log *log, const char *data, size_t n)
{
	while (n) {
		const char *end = memchr(data, '\n', n);
		size_t part = end ? (size_t)(end - data) : n;
		size_t room = LINE_MAX_LEN - log->line.len;

		buf_add(&log->line, data, part < room ? part : room);
		if (end) {
			add_line(log);
			part++;
		}
		data += part;
		n -= part;
	}
}

static void ready(struct source *s, uint32_t events)
{
	struct engine_log *log = container_of(s, struct engine_log, source);
	char chunk[8192];
	ssize_t n = read(s->fd, chunk, sizeof(chunk));

	(void)events;
	if (n <= 0)
		return; /* our own writing end keeps it open */
	keep(log, chunk, (size_t)n);
	split(log, chunk, (size_t)n);
}

int engine_log_open(struct engine_log *log, struct loop *l,
		    struct vc_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return vc_fail(err, errno, "cannot create a pipe");
	set_nonblock(fds[0]);
	log->source = (struct source){ .fd = fds[0], .ready = ready };
	log->writer = fds[1];
	log->file = open(LOG_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
					   O_CLOEXEC,
			 0600);
	if (log->file < 0)
		return vc_fail(err, errno, "cannot create '%s'", LOG_FILE);
	loop_watch(l, &log->source, EPOLLIN);
	return 0;
}

const char *engine_log_tail(struct engine_log *log)
{
	/* the daemon is gone: what it said last may still be in the pipe */
	for (;;) {
		char chunk[8192];
		ssize_t n = read(log->source.fd, chunk, sizeof(chunk));

		if (n <= 0)
			break;
		keep(log, chunk, (size_t)n);
		split(log, chunk, (size_t)n);
	}
	if (log->line.len)
		add_line(log);
	return log->tail.len ? buf_ptr(&log->tail) : "";
}
