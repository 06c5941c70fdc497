/*
 * Bytes from the channel: cut into pieces, decoded, and every payload read as
 * each kind of message.  The first byte of the input is the size of the
 * pieces.  What comes out must not depend on how it was cut.
 */
#include <stdlib.h>
#include <string.h>

#include "vc/frame.h"
#include "vc/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the payload as everything it could be. */
static void read_messages(const struct frame *f)
{
	struct msg_hello hello;
	struct msg_config config;
	struct msg_exec exec;
	struct msg_status status;
	struct msg_image image;

	if (msg_hello_get(f->payload, f->length, &hello))
		msg_hello_release(&hello);
	if (msg_config_get(f->payload, f->length, &config))
		msg_config_release(&config);
	if (msg_exec_get(f->payload, f->length, &exec)) {
		if (!exec.argv.n || (exec.tty & ~exec.used))
			abort();
		msg_exec_release(&exec);
	}
	if (msg_image_get(f->payload, f->length, &image)) {
		if (*image.workdir != '/' || !image.stop_signal ||
		    image.stop_signal > IMAGE_SIGNAL_MAX)
			abort();
		msg_image_release(&image);
	}
	if (msg_status_get(f->payload, f->length, &status))
		msg_status_release(&status);
}

/* A frame written again is the same frame. */
static void write_again(const struct frame *f)
{
	struct buf b = BUF_INIT;
	struct frame again;
	uint64_t skipped = 0;

	frame_put(&b, f->type, f->channel, f->stream, f->payload, f->length, true);
	if (frame_next(&b, &again, &skipped) != 1 || skipped ||
	    again.type != f->type || again.channel != f->channel ||
	    again.stream != f->stream || again.length != f->length ||
	    memcmp(again.payload, f->payload, f->length))
		abort();
	buf_release(&b);
}

static size_t take_frames(struct buf *in, struct buf *seen, uint64_t *skipped)
{
	struct frame f;
	size_t n = 0;

	while (frame_next(in, &f, skipped)) {
		if (f.length > FRAME_MAX_PAYLOAD)
			abort();
		read_messages(&f);
		write_again(&f);
		buf_add(seen, &f.type, 1);
		buf_add(seen, f.payload, f.length);
		frame_done(in, &f);
		n += FRAME_HEADER_SIZE + f.length;
	}
	return n;
}

/* Every byte is part of a frame, dropped, or still waited with. */
static void decode(const uint8_t *data, size_t size, size_t piece, struct buf *seen)
{
	struct buf in = BUF_INIT;
	uint64_t skipped = 0;
	size_t framed = 0;

	for (size_t at = 0; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;

		buf_add(&in, data + at, n);
		framed += take_frames(&in, seen, &skipped);
		if (framed + skipped + in.len != at + n)
			abort();
	}
	buf_release(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT, cut = BUF_INIT;

	if (size < 2)
		return 0;
	decode(data + 1, size - 1, size, &whole);
	decode(data + 1, size - 1, 1u + data[0] % 64, &cut);
	if (whole.len != cut.len ||
	    (whole.len && memcmp(buf_ptr(&whole), buf_ptr(&cut), whole.len)))
		abort();
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
