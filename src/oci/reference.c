/* Parsing image names. */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "vc/util.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

#define MAX_NAME 255
#define MAX_TAG 128

bool reference_is_tag(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= MAX_TAG && *s != '.' && *s != '-' &&
	       strspn(s, LOWER UPPER DIGIT "_.-") == n;
}

/* path-component: alphanumerics joined by one '.', one or two '_', or any
 * number of '-'. */
static bool is_path_component(const char *s, size_t n)
{
	const char *end = s + n;

	for (;;) {
		size_t run = strspn(s, LOWER DIGIT);

		if (!run || s > end)
			return false;
		s += run;
		if (s == end)
			return true;
		if (*s == '-')
			s += strspn(s, "-");
		else if (*s == '.')
			s++;
		else if (*s == '_')
			s += s[1] == '_' ? 2 : 1;
		else
			return false;
		if (s >= end)
			return false;
	}
}

/* host[:port]; labels of letters, digits and inner '-', or "[IPv6]" */
static bool is_host(const char *s, size_t n)
{
	_cleanup_free_ char *host = xstrndup(s, n);
	char *p = host;

	if (*p == '[') {
		size_t run = strspn(p + 1, DIGIT "abcdefABCDEF:");

		if (!run || p[1 + run] != ']')
			return false;
		p += run + 2;
	} else {
		for (;;) {
			size_t run = strspn(p, LOWER UPPER DIGIT "-");

			if (!run || *p == '-' || p[run - 1] == '-')
				return false;
			p += run;
			if (*p != '.')
				break;
			p++;
		}
	}
	if (*p == ':') {
		p++;
		if (!*p || strspn(p, DIGIT) != strlen(p))
			return false;
		return true;
	}
	return !*p;
}

/* Docker's rule for telling a host from the first part of a path. */
static bool looks_like_host(const char *s, size_t n)
{
	_cleanup_free_ char *first = xstrndup(s, n);

	return strpbrk(first, ".:[" UPPER) || str_eq(first, "localhost");
}

static bool is_name(const char *s)
{
	const char *slash = strchr(s, '/');

	if (strlen(s) > MAX_NAME)
		return false;
	if (slash && looks_like_host(s, (size_t)(slash - s))) {
		if (!is_host(s, (size_t)(slash - s)))
			return false;
		s = slash + 1;
	}
	for (;;) {
		size_t n = strcspn(s, "/");

		if (!is_path_component(s, n))
			return false;
		if (!s[n])
			return true;
		s += n + 1;
	}
}

static bool is_image_id(const char *s)
{
	return strlen(s) == 64 && strspn(s, DIGIT "abcdef") == 64;
}

int reference_parse(const char *text, struct reference *ret,
		    struct vc_error *err)
{
	_cleanup_reference_ struct reference r = { 0 };
	struct digest ignored;
	char *at, *slash, *colon;

	r.name = xstrdup(text);
	at = strchr(r.name, '@');
	if (at) {
		*at = '\0';
		if (digest_parse(at + 1, &ignored, err) < 0)
			return -1;
		r.digest = xstrdup(at + 1);
	}
	/* a colon before a slash is a port's */
	slash = strrchr(r.name, '/');
	colon = strchr(slash ? slash : r.name, ':');
	if (colon) {
		*colon = '\0';
		r.tag = xstrdup(colon + 1);
	}
	if ((r.tag && !reference_is_tag(r.tag)) || !is_name(r.name) ||
	    is_image_id(r.name)) {
		_cleanup_free_ char *shown = printable(text, strnlen(text, 300));

		return vc_fail(err, 0, "'%s' is not an image name: it takes "
				       "lower case 'path:tag', a registry's "
				       "'host:port/' before it if any", shown);
	}
	*ret = r;
	r = (struct reference){ 0 };
	return 0;
}

void reference_release(struct reference *r)
{
	free(r->name);
	free(r->tag);
	free(r->digest);
	*r = (struct reference){ 0 };
}

char *reference_tagged(const char *text, struct vc_error *err)
{
	_cleanup_reference_ struct reference r = { 0 };

	if (reference_parse(text, &r, err) < 0)
		return NULL;
	return xasprintf("%s:%s", r.name, r.tag ? r.tag : "latest");
}
