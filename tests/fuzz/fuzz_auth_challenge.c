/*
 * WWW-Authenticate headers, a line each.  What was understood is written down
 * in a form of our own and must be understood the same way again.  As an
 * answer's head and as a token server's answer the input is read besides.
 */
#include <stdlib.h>
#include <string.h>

#include "registry/auth_challenge.h"
#include "registry/http.h"
#include "registry/partial.h"
#include "registry/session.h"
#include "vc/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(b, ", %s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_add_char(b, '\\');
		buf_add_char(b, *value);
	}
	buf_add_char(b, '"');
}

static char *write_down(const struct challenges *c)
{
	static const char *const names[] = { "Other", "Basic", "Bearer" };
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < c->n; i++) {
		buf_printf(&b, ", %s ", names[c->v[i].scheme]);
		put(&b, "realm", c->v[i].realm);
		put(&b, "service", c->v[i].service);
		put(&b, "scope", c->v[i].scope);
		put(&b, "error", c->v[i].error);
	}
	return buf_steal(&b);
}

static void read_as_challenges(const char *text)
{
	_cleanup_challenges_ struct challenges once = { 0 };
	_cleanup_challenges_ struct challenges twice = { 0 };
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *first = NULL;
	_cleanup_free_ char *second = NULL;

	if (challenges_parse(&once, text, &err) < 0)
		return;
	first = write_down(&once);
	if (first && challenges_parse(&twice, first, &err) < 0)
		abort();
	second = write_down(&twice);
	if (!str_eq(first, second))
		abort();
}

static void read_as_head(const char *data, size_t size)
{
	struct response r = { .length = LENGTH_UNKNOWN };

	response_line(&r, data, size);
	content_range_is(r.content_range, 5, 10);
	response_release(&r);
}

/* It becomes a header's value. */
static void read_as_token(const char *data, size_t size)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *token = token_parse(data, size, &err);

	for (const char *p = token; p && *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);

	read_as_challenges(text);
	read_as_head((const char *)data, size);
	read_as_token((const char *)data, size);
	return 0;
}
