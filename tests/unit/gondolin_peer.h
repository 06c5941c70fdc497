/* Gondolin's side of a port, for tests: messages are put together and taken
 * apart with the codec alone. */
#ifndef TEST_GONDOLIN_PEER_H
#define TEST_GONDOLIN_PEER_H

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/buf.h"
#include "vc/cbor.h"
#include "vc/io.h"
#include "vc/util.h"

#define DEADLINE_MS 20000

/* One message received; `frame` holds what the others point into. */
struct received {
	struct buf frame;
	struct cbor root, p;
	char *type;
	uint32_t id;
};

static inline void received_release(struct received *m)
{
	buf_release(&m->frame);
	free(m->type);
	*m = (struct received){ .frame = BUF_INIT };
}

/* Sends {v, t, id, p}; p is CBOR. */
static inline void peer_send(int fd, const char *type, uint32_t id,
			     const struct buf *p)
{
	_cleanup_buf_ struct buf b = BUF_INIT, body = BUF_INIT;
	struct vc_error err = { 0 };

	cbor_put_map(&body, 4);
	cbor_put_text(&body, "v");
	cbor_put_uint(&body, 1);
	cbor_put_text(&body, "t");
	cbor_put_text(&body, type);
	cbor_put_text(&body, "id");
	cbor_put_uint(&body, id);
	cbor_put_text(&body, "p");
	buf_add(&body, buf_ptr(p), p->len);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_char(&b, (char)(body.len >> shift));
	buf_add(&b, buf_ptr(&body), body.len);
	assert_int_equal(write_all(fd, buf_ptr(&b), b.len, &err), 0);
}

static inline void peer_read(int fd, void *data, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (size_t at = 0; at < len;) {
		ssize_t n;

		assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
		n = read(fd, (char *)data + at, len - at);
		assert_true(n > 0);
		at += (size_t)n;
	}
}

static inline void peer_receive(int fd, struct received *m)
{
	uint8_t head[4];
	uint64_t id = 0, v = 0;
	size_t len;

	received_release(m);
	peer_read(fd, head, 4);
	len = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	      (size_t)head[2] << 8 | head[3];
	assert_true(len && len <= 4u * 1024u * 1024u);
	buf_reserve(&m->frame, len);
	peer_read(fd, m->frame.data, len);
	m->frame.len = len;
	assert_true(cbor_parse(m->frame.data, len, &m->root));
	assert_true(cbor_get_uint(&m->root, "v", 1, &v) && v == 1);
	assert_true(cbor_get_uint(&m->root, "id", UINT32_MAX, &id));
	m->id = (uint32_t)id;
	m->type = cbor_get_text(&m->root, "t");
	m->p = cbor_get(&m->root, "p");
	assert_non_null(m->type);
	assert_int_equal(m->p.type, CBOR_MAP);
}

static inline void put_pair_text(struct buf *b, const char *key,
				 const char *value)
{
	cbor_put_text(b, key);
	cbor_put_text(b, value);
}

static inline void put_pair_uint(struct buf *b, const char *key, uint64_t v)
{
	cbor_put_text(b, key);
	cbor_put_uint(b, v);
}

#endif
