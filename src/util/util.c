/* Memory that is always there, and small strings. */
#include "vc/util.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void vc_cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		vc_oom();
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		vc_oom();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		vc_oom();
	return p;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		vc_oom();
	return s;
}

bool str_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcmp(s + n - m, suffix);
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		unsigned d = (unsigned)(*s - '0');

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return -1;
		v = v * 10 + d;
	}
	if (v < min || v > max)
		return -1;
	*ret = v;
	return 0;
}

int parse_size(const char *s, uint64_t unit, uint64_t *ret_bytes)
{
	static const char letters[] = "kmgt";
	_cleanup_free_ char *digits = NULL;
	size_t n = strspn(s, "0123456789");
	const char *suffix = s + n;
	uint64_t v;

	if (*suffix) {
		const char *l = strchr(letters, tolower((unsigned char)*suffix));

		if (!l)
			return -1;
		unit = 1024;
		for (; l > letters; l--)
			unit *= 1024;
		suffix++;
		if (!strcmp(suffix, "iB") || !strcasecmp(suffix, "b"))
			suffix = "";
	}
	digits = xstrndup(s, n);
	if (*suffix || parse_u64(digits, 0, UINT64_MAX / unit, &v) < 0)
		return -1;
	*ret_bytes = v * unit;
	return 0;
}

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

char *printable(const char *s, size_t len)
{
	char *out = xmalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\r' && i + 1 < len && s[i + 1] == '\n')
			continue;
		/* 0x80-0x9f hold C1 controls, and UTF-8 text never starts there
		 * alone; telling the two apart is not worth a decoder here */
		if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f))
			out[n++] = (char)c;
		else
			out[n++] = '?';
	}
	out[n] = '\0';
	return out;
}
