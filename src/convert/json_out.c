/* See json_out.h. */
#include "convert/json_out.h"

#include <string.h>

#include "vc/cbor.h"

static void put_char(struct buf *b, unsigned char c)
{
	static const char *const short_names[] = {
		['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n",
		['\r'] = "\\r", ['\t'] = "\\t", ['"'] = "\\\"",
		['\\'] = "\\\\",
	};

	if (c < sizeof(short_names) / sizeof(*short_names) && short_names[c])
		buf_add_str(b, short_names[c]);
	else if (c < 0x20)
		buf_printf(b, "\\u%04x", c);
	else
		buf_add_char(b, (char)c);
}

static void put_string(struct buf *b, const char *s)
{
	size_t left = strlen(s);

	buf_add_char(b, '"');
	while (left) {
		size_t n = utf8_char(s, left);

		if (!n)
			buf_add_str(b, "\xef\xbf\xbd");
		else if (n == 1)
			put_char(b, (unsigned char)*s);
		else
			buf_add(b, s, n);
		s += n ? n : 1;
		left -= n ? n : 1;
	}
	buf_add_char(b, '"');
}

static void new_line(struct json_out *j)
{
	buf_add_char(&j->b, '\n');
	for (int i = 0; i < j->depth; i++)
		buf_add_str(&j->b, "  ");
}

static void begin(struct json_out *j, const char *key)
{
	if (j->some)
		buf_add_char(&j->b, ',');
	if (j->depth)
		new_line(j);
	j->some = true;
	if (!key)
		return;
	put_string(&j->b, key);
	buf_add_str(&j->b, ": ");
}

void jout_open(struct json_out *j, const char *key, char bracket)
{
	begin(j, key);
	buf_add_char(&j->b, bracket);
	j->depth++;
	j->some = false;
}

void jout_close(struct json_out *j, char bracket)
{
	j->depth--;
	if (j->some)
		new_line(j);
	buf_add_char(&j->b, bracket);
	j->some = true;
}

void jout_text(struct json_out *j, const char *key, const char *value)
{
	begin(j, key);
	put_string(&j->b, value);
}

void jout_text_or_null(struct json_out *j, const char *key, const char *value)
{
	if (value) {
		jout_text(j, key, value);
		return;
	}
	begin(j, key);
	buf_add_str(&j->b, "null");
}

void jout_int(struct json_out *j, const char *key, int64_t value)
{
	begin(j, key);
	buf_printf(&j->b, "%lld", (long long)value);
}

void jout_bool(struct json_out *j, const char *key, bool value)
{
	begin(j, key);
	buf_add_str(&j->b, value ? "true" : "false");
}

void jout_texts(struct json_out *j, const char *key, const struct strv *v)
{
	jout_open(j, key, '[');
	for (size_t i = 0; i < v->n; i++)
		jout_text(j, NULL, v->v[i]);
	jout_close(j, ']');
}

char *jout_finish(struct json_out *j)
{
	buf_add_char(&j->b, '\n');
	return buf_steal(&j->b);
}
