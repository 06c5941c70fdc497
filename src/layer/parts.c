/* A source made of bytes and extents, one after the other. */
#include <stdlib.h>
#include <string.h>

#include "vc/layer.h"
#include "vc/util.h"

struct part {
	struct buf bytes;
	struct extent extent; /* used when bytes is empty */
};

struct parts {
	struct byte_source source;
	struct part *v;
	size_t n, cap;
	size_t at;      /* the part being read */
	uint64_t taken; /* of it */
};

static ssize_t parts_read(struct byte_source *s, void *data, size_t len,
			  struct vc_error *err)
{
	struct parts *p = (struct parts *)s;

	while (p->at < p->n) {
		struct part *part = &p->v[p->at];
		bool in_memory = part->bytes.data != NULL;
		uint64_t size = in_memory ? part->bytes.len : part->extent.size;
		uint64_t left = size - p->taken;

		if (!left) {
			p->at++;
			p->taken = 0;
			continue;
		}
		if (len > left)
			len = (size_t)left;
		if (in_memory)
			memcpy(data, buf_ptr(&part->bytes) + p->taken, len);
		else if (extent_read(&part->extent, p->taken, data, len, err) < 0)
			return -1;
		p->taken += len;
		return (ssize_t)len;
	}
	return 0;
}

static void parts_free(struct byte_source *s)
{
	struct parts *p = (struct parts *)s;

	for (size_t i = 0; i < p->n; i++)
		buf_release(&p->v[i].bytes);
	free(p->v);
	free(p);
}

struct parts *parts_new(void)
{
	struct parts *p = xcalloc(1, sizeof(*p));

	p->source.read = parts_read;
	p->source.free = parts_free;
	return p;
}

static struct part *add(struct parts *p)
{
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 16;
		p->v = xrealloc(p->v, p->cap * sizeof(*p->v));
	}
	p->v[p->n] = (struct part){ .bytes = BUF_INIT };
	return &p->v[p->n++];
}

void parts_add_bytes(struct parts *p, struct buf *bytes)
{
	if (!bytes->len)
		return;
	add(p)->bytes = *bytes;
	*bytes = (struct buf)BUF_INIT;
}

void parts_add_extent(struct parts *p, const struct extent *e)
{
	add(p)->extent = *e;
}

struct byte_source *parts_source(struct parts *p)
{
	return &p->source;
}
