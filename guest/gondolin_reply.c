/* What the streams of the control port say, in Gondolin's words. */
#include <errno.h>

#include "gondolin_agent.h"
#include "vc/msg.h"
#include "vc/util.h"

static void put_data(struct buf *b, const struct stream *s, uint8_t ch,
		     const void *data, size_t len)
{
	bool exec = s->kind == GONDOLIN_EXEC;
	size_t begin = gondolin_msg_begin(
		b, exec ? "exec_output" : "file_read_data", s->id);

	cbor_put_map(b, exec ? 2 : 1);
	if (exec) {
		cbor_put_text(b, "stream");
		cbor_put_text(b, ch == 2 ? "stderr" : "stdout");
	}
	cbor_put_text(b, "data");
	cbor_put_bytes(b, data, len);
	gondolin_msg_end(b, begin);
}

static void put_exec_response(struct buf *b, uint32_t id, uint32_t code,
			      uint32_t sig)
{
	size_t begin = gondolin_msg_begin(b, "exec_response", id);

	cbor_put_map(b, sig ? 2 : 1);
	cbor_put_text(b, "exit_code");
	cbor_put_uint(b, sig ? 128 + sig : code);
	if (sig) {
		cbor_put_text(b, "signal");
		cbor_put_uint(b, sig);
	}
	gondolin_msg_end(b, begin);
}

static const char *const done_types[] = { NULL, "file_read_done",
					  "file_write_done",
					  "file_delete_done" };
static const char *const failed_codes[] = { "exec_failed", "file_read_failed",
					    "file_write_failed",
					    "file_delete_failed" };

static void put_exit(struct buf *b, const struct stream *s,
		     struct msg_reader *r)
{
	uint32_t code = msg_u32(r), sig = msg_u32(r);
	size_t begin;

	if (s->kind == GONDOLIN_EXEC) {
		put_exec_response(b, s->id, code, sig);
		return;
	}
	if (code || sig) {
		gondolin_msg_error(b, s->id, failed_codes[s->kind],
				   "it was not done to the end: is the disk "
				   "full?");
		return;
	}
	begin = gondolin_msg_begin(b, done_types[s->kind], s->id);
	cbor_put_map(b, 0);
	gondolin_msg_end(b, begin);
}

/* A command that is not there is a command that has failed, as in a shell. */
static void put_not_run(struct buf *b, const struct stream *s,
			const char *message)
{
	_cleanup_free_ char *line = xasprintf("'%s': %s\n", buf_ptr(&s->words),
					      message);

	put_data(b, s, 2, line, strlen(line));
	put_exec_response(b, s->id, 127, 0);
}

static void put_error(struct buf *b, const struct stream *s,
		      struct msg_reader *r)
{
	uint32_t errnum = msg_u32(r);
	_cleanup_free_ char *message = msg_str(r), *of_file = NULL;

	if (s->kind != GONDOLIN_EXEC)
		of_file = xasprintf("'%s': %s", buf_ptr(&s->words),
				    strerror((int)errnum));
	if (s->kind == GONDOLIN_EXEC && !s->opened && errnum != EPROTO)
		put_not_run(b, s, message);
	else
		gondolin_msg_error(b, s->id, failed_codes[s->kind],
				   of_file ? of_file : message);
}

static void put_window(struct buf *b, uint32_t id, uint32_t n)
{
	size_t begin = gondolin_msg_begin(b, "stdin_window", id);

	cbor_put_map(b, 1);
	cbor_put_text(b, "stdin");
	cbor_put_uint(b, n);
	gondolin_msg_end(b, begin);
}

static void on_credit(struct channel *c, const struct stream *s,
		      struct msg_reader *r)
{
	if (s->kind == GONDOLIN_EXEC)
		put_window(&c->out, s->id, msg_u32(r));
	gondolin_relieve(c, s);
}

void gondolin_reply(struct channel *c, uint8_t type, uint8_t ch,
		    uint32_t stream, const void *payload, size_t len)
{
	struct agent *a = container_of(c, struct agent, channel);
	const struct stream *s = stream_find(a, stream);
	struct msg_reader r = msg_reader(payload, len);

	if (!s)
		return;
	switch (type) {
	case FRAME_OPENED:
		if (s->kind == GONDOLIN_EXEC && s->sink.source.fd >= 0)
			put_window(&c->out, s->id, FRAME_WINDOW);
		break;
	case FRAME_DATA:
		put_data(&c->out, s, ch, payload, len);
		break;
	case FRAME_CREDIT:
		on_credit(c, s, &r);
		break;
	case FRAME_EXIT:
		put_exit(&c->out, s, &r);
		gondolin_relieve(c, NULL);
		break;
	case FRAME_ERROR:
		put_error(&c->out, s, &r);
		gondolin_relieve(c, NULL);
		break;
	default: /* the end of a stream's output, or a stop: no word for it */
		break;
	}
}
