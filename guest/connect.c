/* FRAME_CONNECT: a connection to an address in the guest. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent.h"
#include "stream.h"
#include "vc/msg.h"
#include "vc/util.h"

union address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
};

static int parse_unix(const char *path, union address *ret)
{
	size_t n = strlen(path);

	if (*path != '/' || n >= sizeof(ret->un.sun_path))
		return -1;
	ret->un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->un.sun_path, path, n + 1);
	return 0;
}

static int parse_tcp(const char *text, union address *ret)
{
	const char *colon = strrchr(text, ':');
	_cleanup_free_ char *host = NULL;
	uint64_t port;

	if (!colon || parse_u64(colon + 1, 1, 65535, &port) < 0)
		return -1;
	host = xstrndup(text, (size_t)(colon - text));
	ret->in = (struct sockaddr_in){ .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port) };
	return inet_pton(AF_INET, host, &ret->in.sin_addr) == 1 ? 0 : -1;
}

static int parse(const char *text, union address *ret, socklen_t *ret_size)
{
	if (str_starts(text, "unix:")) {
		*ret_size = sizeof(ret->un);
		return parse_unix(text + 5, ret);
	}
	*ret_size = sizeof(ret->in);
	return str_starts(text, "tcp:") ? parse_tcp(text + 4, ret) : -1;
}

static void connected(struct stream *s)
{
	int fd = steal_fd(&s->verdict.fd), again, one = 1;

	again = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (again < 0) {
		close(fd);
		stream_fail(s, errno, "cannot connect: %s", strerror(errno));
		return;
	}
	/* what is read and what is written is watched apart */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	s->sink.socket = true;
	sink_open(s, again);
	tap_open(s, 1, fd);
	stream_opened(s);
}

static void on_verdict(struct source *src, uint32_t events)
{
	struct stream *s = container_of(src, struct stream, verdict);
	int error = 0;
	socklen_t size = sizeof(error);

	(void)events;
	loop_watch(s->agent->loop, src, 0);
	if (getsockopt(src->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (error)
		stream_fail(s, error, "cannot connect: %s", strerror(error));
	else
		connected(s);
}

static void start(struct stream *s, const union address *to, socklen_t size)
{
	int fd = socket(to->any.sa_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	s->verdict = (struct source){ .fd = fd, .ready = on_verdict };
	if (fd >= 0 && connect(fd, &to->any, size) == 0)
		connected(s);
	else if (fd >= 0 && errno == EINPROGRESS)
		loop_watch(s->agent->loop, &s->verdict, EPOLLOUT);
	else
		stream_fail(s, errno, "cannot connect: %s", strerror(errno));
}

void connect_start(struct agent *a, uint32_t id, const char *address)
{
	union address to;
	socklen_t size;

	if (parse(address, &to, &size) < 0)
		stream_refuse(a, id, EINVAL,
			      "not an address: want unix:/PATH or tcp:IPV4:PORT");
	else
		start(stream_new(a, id), &to, size);
}

void connect_open(struct agent *a, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	_cleanup_free_ char *text = msg_str(&r);

	if (!msg_ok(&r))
		stream_refuse(a, f->stream, EPROTO, "malformed connect");
	else
		connect_start(a, f->stream, text);
}
