/* Byte buffers and queues. */
#include "vc/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->len = b->head = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t need = b->head + b->len + more + 1;

	if (need <= b->cap)
		return;
	/* reuse the consumed front before asking for memory */
	if (b->head && b->len + more + 1 <= b->cap / 2) {
		memmove(b->data, b->data + b->head, b->len + 1);
		b->head = 0;
		return;
	}
	need = b->len + more + 1;
	if (need < b->cap * 2)
		need = b->cap * 2;
	if (need < 256)
		need = 256;
	if (b->head) {
		memmove(b->data, b->data + b->head, b->len);
		b->head = 0;
	}
	b->data = xrealloc(b->data, need);
	b->cap = need;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	buf_reserve(b, len);
	if (len)
		memcpy(b->data + b->head + b->len, data, len);
	b->len += len;
	b->data[b->head + b->len] = '\0';
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	_cleanup_free_ char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		vc_oom();
	buf_add(b, s, (size_t)n);
}

void buf_consume(struct buf *b, size_t len)
{
	b->head += len;
	b->len -= len;
	if (!b->len)
		buf_clear(b);
}

char *buf_steal(struct buf *b)
{
	char *s;

	if (!b->data)
		return xstrdup("");
	if (b->head)
		memmove(b->data, b->data + b->head, b->len + 1);
	s = b->data;
	*b = (struct buf)BUF_INIT;
	return s;
}
