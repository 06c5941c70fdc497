/* A growing byte buffer, also used as a queue: bytes go in at the end and out
 * at the front. */
#ifndef VC_BUF_H
#define VC_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* owned; always NUL-terminated behind `len` once allocated */
	size_t len; /* bytes held, from data + head */
	size_t head;
	size_t cap;
};

#define BUF_INIT { NULL, 0, 0, 0 }
#define _cleanup_buf_ __attribute__((cleanup(buf_release)))

static inline char *buf_ptr(const struct buf *b)
{
	return b->data ? b->data + b->head : b->data; /* NULL + 0 is undefined */
}

void buf_release(struct buf *b);
void buf_clear(struct buf *b); /* empty, memory kept */
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_consume(struct buf *b, size_t len); /* drop from the front */
/* The contents as a C string, owned by the caller; b is empty afterwards. */
char *buf_steal(struct buf *b);

#endif
