/*
 * JSON documents as JSON.stringify(o, null, 2) writes them: two blanks of
 * indent, "key": value, empty containers closed at once.  Bytes that are no
 * UTF-8 become U+FFFD, as a reader would have it.
 */
#ifndef CONVERT_JSON_OUT_H
#define CONVERT_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/buf.h"
#include "vc/strv.h"

struct json_out {
	struct buf b;
	int depth;
	bool some; /* the open container has members */
};

/* `key` is NULL in arrays and for the document itself. */
void jout_open(struct json_out *j, const char *key, char bracket);
void jout_close(struct json_out *j, char bracket);
void jout_text(struct json_out *j, const char *key, const char *value);
/* null for a NULL value */
void jout_text_or_null(struct json_out *j, const char *key, const char *value);
void jout_int(struct json_out *j, const char *key, int64_t value);
void jout_bool(struct json_out *j, const char *key, bool value);
void jout_texts(struct json_out *j, const char *key, const struct strv *v);
/* The document and a newline, owned by the caller. */
char *jout_finish(struct json_out *j);

#endif
