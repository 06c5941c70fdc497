/* The envelope of Gondolin's messages; see gondolin_msg.h. */
#include "gondolin_msg.h"

#include "console.h"
#include "vc/util.h"

static uint32_t get_length(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static bool open_envelope(const void *data, size_t len,
			  struct gondolin_msg *ret)
{
	struct cbor root;
	uint64_t v, id;

	if (!cbor_parse(data, len, &root) || root.type != CBOR_MAP ||
	    !cbor_get_uint(&root, "v", UINT64_MAX, &v) || v != 1 ||
	    !cbor_get_uint(&root, "id", UINT32_MAX, &id))
		return false;
	ret->id = (uint32_t)id;
	ret->type = cbor_get(&root, "t");
	ret->p = cbor_get(&root, "p");
	return ret->type.type == CBOR_TEXT && ret->p.type == CBOR_MAP;
}

int gondolin_msg_next(struct channel *c, struct gondolin_msg *ret)
{
	const uint8_t *p = (const uint8_t *)buf_ptr(&c->in);
	uint32_t len;

	if (c->gone || c->paused || c->in.len < 4)
		return 0;
	len = get_length(p);
	if (len > GONDOLIN_MAX_FRAME) { /* where the next one starts is lost */
		console_log("a message of %u bytes is too large", len);
		channel_hang_up(c);
		return 0;
	}
	if (c->in.len - 4 < len)
		return 0;
	*ret = (struct gondolin_msg){ .size = 4 + (size_t)len };
	if (open_envelope(p + 4, len, ret))
		return 1;
	console_log("a malformed message of %u bytes", len);
	gondolin_msg_done(c, ret);
	return -1;
}

void gondolin_msg_done(struct channel *c, const struct gondolin_msg *m)
{
	buf_consume(&c->in, m->size);
}

size_t gondolin_msg_begin(struct buf *b, const char *type, uint32_t id)
{
	size_t begin = b->len;

	buf_add(b, "\0\0\0\0", 4);
	cbor_put_map(b, 4);
	cbor_put_text(b, "v");
	cbor_put_uint(b, 1);
	cbor_put_text(b, "t");
	cbor_put_text(b, type);
	cbor_put_text(b, "id");
	cbor_put_uint(b, id);
	cbor_put_text(b, "p");
	return begin;
}

void gondolin_msg_end(struct buf *b, size_t begin)
{
	uint8_t *p = (uint8_t *)buf_ptr(b) + begin;
	size_t len = b->len - begin - 4;

	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(len >> (24 - 8 * i));
}

void gondolin_msg_error(struct buf *b, uint32_t id, const char *code,
			const char *message)
{
	size_t begin = gondolin_msg_begin(b, "error", id);

	cbor_put_map(b, 2);
	cbor_put_text(b, "code");
	cbor_put_text(b, code);
	cbor_put_text(b, "message");
	cbor_put_text(b, message);
	gondolin_msg_end(b, begin);
}
