/*
 * When does the API answer?  Its socket appears (inotify), is connected to,
 * and a request sent at once is answered when the daemon has come up.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine.h"
#include "vc/util.h"

#define SOCKET_DIR "/run"
#define SOCKET_NAME "docker.sock"
#define REQUEST "GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"
#define ANSWER_MAX 4096u

static struct loop *loop_of(struct engine_ping *p)
{
	return container_of(p, struct engine, ping)->loop;
}

/* Refused or closed: the next thing that happens to the socket is awaited. */
static void ask(struct engine_ping *p)
{
	static const struct sockaddr_un to = { AF_UNIX,
					       SOCKET_DIR "/" SOCKET_NAME };
	int fd;

	if (p->http.fd >= 0 || p->answered)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	    send(fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) < 0) {
		close(fd);
		return;
	}
	p->http.fd = fd;
	buf_clear(&p->answer);
	loop_watch(loop_of(p), &p->http, EPOLLIN);
}

static void on_appears(struct source *s, uint32_t events)
{
	struct engine_ping *p = container_of(s, struct engine_ping, appears);
	union {
		struct inotify_event event;
		char bytes[sizeof(struct inotify_event) + NAME_MAX + 1];
	} u;
	ssize_t n;
	bool ours = false;

	(void)events;
	while ((n = read(s->fd, &u, sizeof(u))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e =
				(const void *)(u.bytes + at);

			ours |= e->len && str_eq(e->name, SOCKET_NAME);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	if (ours)
		ask(p);
}

static void on_http(struct source *s, uint32_t events)
{
	struct engine_ping *p = container_of(s, struct engine_ping, http);
	char chunk[1024];
	ssize_t n = read(s->fd, chunk, sizeof(chunk));

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && p->answer.len < ANSWER_MAX) {
		buf_add(&p->answer, chunk, (size_t)n);
		return;
	}
	loop_close(loop_of(p), s);
	/* "HTTP/1.0 200 OK" */
	if (p->answer.len > 12 && str_starts(buf_ptr(&p->answer), "HTTP/1.") &&
	    str_starts(buf_ptr(&p->answer) + 8, " 200")) {
		p->answered = true;
		p->on_answer(p);
	} else if (p->answer.len) {
		/* it listens, it was only not ready: each answer is an event */
		ask(p);
	}
}

int engine_ping_open(struct engine_ping *p, struct loop *l,
		     struct vc_error *err)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	p->answered = false;
	p->http = (struct source){ .fd = -1, .ready = on_http };
	p->appears = (struct source){ .fd = fd, .ready = on_appears };
	/* it is bound, then listened on, then given its mode and owner */
	if (fd < 0 || inotify_add_watch(fd, SOCKET_DIR,
					IN_CREATE | IN_MOVED_TO | IN_ATTRIB) < 0)
		return vc_fail(err, errno, "cannot watch '%s'", SOCKET_DIR);
	loop_watch(l, &p->appears, EPOLLIN);
	return 0;
}

void engine_ping_close(struct engine_ping *p)
{
	loop_close(loop_of(p), &p->appears);
	loop_close(loop_of(p), &p->http);
	buf_release(&p->answer);
}
