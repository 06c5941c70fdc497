/* The monitor's end of QMP. */
#include "vm/qmp.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

/* QEMU is trusted more than a guest, but a line without end is still a bug. */
#define QMP_MAX_LINE (1024u * 1024u)

void qmp_init(struct qmp *q, int fd)
{
	*q = (struct qmp){ .fd = fd, .in = BUF_INIT, .out = BUF_INIT };
	set_nonblock(fd);
}

void qmp_release(struct qmp *q)
{
	if (q->fd >= 0)
		close(q->fd);
	buf_release(&q->in);
	buf_release(&q->out);
	free(q->fault);
	*q = (struct qmp){ .fd = -1 };
}

void qmp_command(struct qmp *q, const char *name)
{
	buf_printf(&q->out, "{\"execute\":\"%s\"}\n", name);
	qmp_flush(q);
}

void qmp_execute(struct qmp *q, const char *name, const char *arguments)
{
	buf_printf(&q->out, "{\"execute\":\"%s\",\"arguments\":%s}\n", name,
		   arguments);
	qmp_flush(q);
}

/* The descriptor goes with the first byte of the command that names it. */
int qmp_pass_fd(struct qmp *q, const char *name, int fd)
{
	_cleanup_free_ char *line = xasprintf(
		"{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"%s\"}}\n",
		name);
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { line, strlen(line) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control.space,
			      .msg_controllen = sizeof(control.space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (qmp_flush(q) < 0 || q->out.len)
		return -1;
	return sendmsg(q->fd, &msg, MSG_NOSIGNAL) == (ssize_t)iov.iov_len ? 0 :
									    -1;
}

int qmp_flush(struct qmp *q)
{
	while (q->out.len) {
		ssize_t n = write(q->fd, buf_ptr(&q->out), q->out.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0) {
			q->eof = true;
			return -1;
		}
		buf_consume(&q->out, (size_t)n);
	}
	return 0;
}

void qmp_fill(struct qmp *q)
{
	char chunk[16384];
	ssize_t n;

	do
		n = read(q->fd, chunk, sizeof(chunk));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || q->in.len + (size_t)n > QMP_MAX_LINE)
		q->eof = true;
	else
		buf_add(&q->in, chunk, (size_t)n);
}

static const char *member(json_object *o, const char *name)
{
	json_object *v;

	return json_object_object_get_ex(o, name, &v) ? json_object_get_string(v) :
							NULL;
}

static enum qmp_event migration_event(json_object *o)
{
	json_object *data;
	const char *status = json_object_object_get_ex(o, "data", &data) ?
				     member(data, "status") : NULL;

	if (str_eq(status, "completed"))
		return QMP_MIGRATED;
	return str_eq(status, "failed") ? QMP_MIGRATION_FAILED : QMP_NONE;
}

static enum qmp_event event_of(json_object *o, const char *name)
{
	json_object *data, *v;

	if (!strcmp(name, "MIGRATION"))
		return migration_event(o);
	if (!strcmp(name, "SHUTDOWN"))
		return QMP_SHUTDOWN;
	if (!strcmp(name, "STOP"))
		return QMP_STOPPED;
	if (strcmp(name, "BLOCK_IO_ERROR") ||
	    !json_object_object_get_ex(o, "data", &data) ||
	    !str_eq(member(data, "action"), "stop"))
		return QMP_NONE;
	if (json_object_object_get_ex(data, "nospace", &v) &&
	    json_object_get_boolean(v))
		return QMP_DISK_FULL;
	return QMP_DISK_ERROR;
}

static enum qmp_event handle(struct qmp *q, json_object *o)
{
	const char *event = member(o, "event");
	json_object *error;

	if (event)
		return event_of(o, event);
	if (json_object_object_get_ex(o, "QMP", NULL)) {
		qmp_command(q, "qmp_capabilities");
		return QMP_NONE;
	}
	if (json_object_object_get_ex(o, "error", &error)) {
		const char *desc = member(error, "desc");

		free(q->fault);
		q->fault = xstrdup(desc ? desc : "unknown error");
		return QMP_FAULT;
	}
	if (!q->ready) { /* the answer to qmp_capabilities */
		q->ready = true;
		return QMP_READY;
	}
	return QMP_NONE;
}

enum qmp_event qmp_next(struct qmp *q)
{
	char *nl;

	while (q->in.len && (nl = memchr(buf_ptr(&q->in), '\n', q->in.len))) {
		size_t n = (size_t)(nl + 1 - buf_ptr(&q->in));
		enum qmp_event e = QMP_NONE;
		json_object *o;

		*nl = '\0';
		o = json_tokener_parse(buf_ptr(&q->in));
		if (json_object_is_type(o, json_type_object))
			e = handle(q, o);
		json_object_put(o);
		buf_consume(&q->in, n);
		if (e != QMP_NONE)
			return e;
	}
	return QMP_NONE;
}
