/*
 * Parsing challenges.  A comma stands between parameters and between
 * challenges alike; what comes next is a parameter if a '=' follows the word.
 */
#include "auth_challenge.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vc/buf.h"
#include "vc/util.h"

#define MAX_CHALLENGES 16

#define TOKEN_CHARS                                                   \
	"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TOKEN68_CHARS TOKEN_CHARS "/"

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static const char *skip_commas(const char *p)
{
	return p + strspn(p, " \t,");
}

/* A '"' stands at *p.  NULL: not ended, or with control characters. */
static char *quoted(const char **p)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *s = *p + 1;

	for (; *s != '"'; s++) {
		if (*s == '\\')
			s++;
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return NULL;
		buf_add_char(&b, *s);
	}
	*p = s + 1;
	return buf_steal(&b);
}

static char *token(const char **p)
{
	size_t n = strspn(*p, TOKEN_CHARS);
	char *s = n ? xstrndup(*p, n) : NULL;

	*p += n;
	return s;
}

static char **place_of(struct challenge *c, const char *name)
{
	if (!strcasecmp(name, "realm"))
		return &c->realm;
	if (!strcasecmp(name, "service"))
		return &c->service;
	if (!strcasecmp(name, "scope"))
		return &c->scope;
	if (!strcasecmp(name, "error"))
		return &c->error;
	return NULL;
}

/* 1: one was taken; 0: no parameter stands here; -1: malformed. */
static int parameter(const char **p, struct challenge *c)
{
	const char *s = *p;
	_cleanup_free_ char *name = token(&s);
	_cleanup_free_ char *value = NULL;
	char **place;

	s = skip_blanks(s);
	if (!name || *s != '=')
		return 0;
	s = skip_blanks(s + 1);
	value = *s == '"' ? quoted(&s) : token(&s);
	if (!value)
		return -1;
	*p = s;
	place = place_of(c, name);
	if (place && *place)
		return -1; /* which of the two would count? */
	if (place)
		*place = steal_ptr(value);
	return 1;
}

/* "abc==": what schemes that are none of ours may have for parameters. */
static const char *skip_token68(const char *p)
{
	const char *s = p + strspn(p, TOKEN68_CHARS);

	s += strspn(s, "=");
	s = skip_blanks(s);
	return !*s || *s == ',' ? s : p;
}

static enum auth_scheme scheme_of(const char *name)
{
	if (!strcasecmp(name, "Bearer"))
		return AUTH_BEARER;
	return strcasecmp(name, "Basic") ? AUTH_OTHER : AUTH_BASIC;
}

static void challenge_release(struct challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->scope);
	free(c->error);
}

static int one_challenge(const char **p, struct challenge *c)
{
	_cleanup_free_ char *scheme = token(p);
	int r;

	if (!scheme || (**p && !strchr(" \t,", **p)))
		return -1;
	c->scheme = scheme_of(scheme);
	if (**p != ',')
		*p = skip_token68(skip_blanks(*p));
	do {
		*p = skip_commas(*p);
		r = parameter(p, c);
	} while (r > 0);
	return r;
}

int challenges_parse(struct challenges *c, const char *header,
		     struct vc_error *err)
{
	const char *p = skip_commas(header);

	while (*p) {
		struct challenge new = { 0 };

		if (c->n == MAX_CHALLENGES || one_challenge(&p, &new) < 0) {
			challenge_release(&new);
			return vc_fail(err, 0, "the WWW-Authenticate header is "
					       "malformed");
		}
		c->v = xrealloc(c->v, (c->n + 1) * sizeof(*c->v));
		c->v[c->n++] = new;
		p = skip_commas(p);
	}
	return 0;
}

void challenges_release(struct challenges *c)
{
	for (size_t i = 0; i < c->n; i++)
		challenge_release(&c->v[i]);
	free(c->v);
	*c = (struct challenges){ 0 };
}

const struct challenge *challenges_find(const struct challenges *c,
					enum auth_scheme scheme)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].scheme == scheme)
			return &c->v[i];
	return NULL;
}
