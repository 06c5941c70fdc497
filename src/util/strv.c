/* Vectors of strings. */
#include "vc/strv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

void strv_release(struct strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strv)STRV_INIT;
}

static void reserve(struct strv *s)
{
	if (s->n + 2 <= s->cap)
		return;
	s->cap = s->cap ? s->cap * 2 : 8;
	s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
}

void strv_add_take(struct strv *s, char *str)
{
	reserve(s);
	s->v[s->n++] = str;
	s->v[s->n] = NULL;
}

void strv_add(struct strv *s, const char *str)
{
	strv_add_take(s, xstrdup(str));
}

void strv_addf(struct strv *s, const char *fmt, ...)
{
	va_list ap;
	char *str;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&str, fmt, ap);
	va_end(ap);
	if (n < 0)
		vc_oom();
	strv_add_take(s, str);
}

void strv_add_all(struct strv *s, char *const *v)
{
	for (; v && *v; v++)
		strv_add(s, *v);
}

void strv_insert(struct strv *s, size_t at, const char *str)
{
	char *copy = xstrdup(str);

	reserve(s);
	memmove(s->v + at + 1, s->v + at, (s->n - at) * sizeof(*s->v));
	s->v[at] = copy;
	s->v[++s->n] = NULL;
}

void strv_remove(struct strv *s, size_t at)
{
	free(s->v[at]);
	memmove(s->v + at, s->v + at + 1, (s->n - at) * sizeof(*s->v));
	s->n--;
}

void strv_set(struct strv *s, size_t at, char *str)
{
	free(s->v[at]);
	s->v[at] = str;
}

bool strv_contains(const struct strv *s, const char *str)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i], str))
			return true;
	return false;
}
