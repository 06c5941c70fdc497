/*
 * Patterns as github.com/moby/patternmatcher makes regular expressions of
 * them, which is not quite Go's filepath.Match(): a class may match a '/',
 * "**" at the start of an otherwise plain pattern means "ends with".
 */
#include "engine/build_pattern.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vc/util.h"

#define PATTERN_MAX 4096

/* The character at *s, which is moved behind it; a byte that is no UTF-8
 * stands for itself. */
static uint32_t next_rune(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	size_t more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
	uint32_t rune = more ? *p & (0x3fu >> more) : *p;

	for (size_t i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*s += 1;
			return *p;
		}
		rune = rune << 6 | (p[i] & 0x3f);
	}
	*s += more + 1;
	return rune;
}

/* Behind "[...]", or NULL when it does not end. */
static const char *class_end(const char *p)
{
	p += p[1] == '^' ? 2 : 1;
	for (bool first = true; *p && (*p != ']' || first); first = false) {
		if (*p == '\\' && !*++p)
			return NULL;
		p++;
	}
	return *p ? p + 1 : NULL;
}

static uint32_t class_rune(const char **p)
{
	if (**p == '\\')
		++*p;
	return next_rune(p);
}

static bool in_class(const char *p, const char *end, uint32_t rune)
{
	bool negated = p[1] == '^', found = false;

	p += negated ? 2 : 1;
	while (p < end - 1) {
		uint32_t low = class_rune(&p), high = low;

		if (*p == '-' && p + 1 < end - 1) {
			p++;
			high = class_rune(&p);
		}
		found = found || (low <= rune && rune <= high);
	}
	return found != negated;
}

bool pattern_is_valid(const char *pattern)
{
	if (strlen(pattern) > PATTERN_MAX)
		return false;
	for (const char *p = pattern; *p;) {
		if (*p == '[') {
			p = class_end(p);
			if (!p)
				return false;
		} else if (*p == '\\' && !p[1]) {
			return false;
		} else {
			p += *p == '\\' ? 2 : 1;
		}
	}
	return true;
}

/* One character of the pattern against one of the path; both move on. */
static bool match_one(const char **p, const char **s)
{
	const char *end = **p == '[' ? class_end(*p) : NULL;
	const char *class = *p;
	uint32_t rune;

	if (!**s)
		return false;
	rune = next_rune(s);
	if (end) {
		*p = end;
		return in_class(class, end, rune);
	}
	if (**p == '?') {
		++*p;
		return rune != '/';
	}
	if (**p == '\\' && (*p)[1])
		++*p;
	return next_rune(p) == rune;
}

/*
 * One pattern against one path.  What was tried once behind a star is not
 * tried again, so that an ignore file cannot make us compare for hours.
 */
struct attempt {
	const char *pattern, *path;
	size_t width;
	bool *failed; /* [pattern's rest][path's rest] */
};

static bool match_rest(struct attempt *a, const char *p, const char *s);

static bool match(struct attempt *a, const char *p, const char *s)
{
	bool *failed = a->failed + (size_t)(p - a->pattern) * a->width +
		       (size_t)(s - a->path);

	if (*failed)
		return false;
	*failed = !match_rest(a, p, s);
	return !*failed;
}

/* p is behind "**" */
static bool match_any_parts(struct attempt *a, const char *p, const char *s)
{
	if (*p == '/')
		p++;
	if (!*p)
		return true;
	for (;;) {
		if (match(a, p, s))
			return true;
		s = strchr(s, '/');
		if (!s)
			return false;
		s++;
	}
}

/* p is behind "*" */
static bool match_star(struct attempt *a, const char *p, const char *s)
{
	for (;; s++) {
		if (match(a, p, s))
			return true;
		if (!*s || *s == '/')
			return false;
	}
}

/* Recursion is as deep as there are stars: see PATTERN_MAX. */
static bool match_rest(struct attempt *a, const char *p, const char *s)
{
	while (*p) {
		if (p[0] == '*' && p[1] == '*')
			return match_any_parts(a, p + 2, s);
		if (*p == '*')
			return match_star(a, p + 1, s);
		if (!match_one(&p, &s))
			return false;
	}
	return !*s;
}

static bool match_all(const char *pattern, const char *path)
{
	size_t width = strlen(path) + 1;
	_cleanup_free_ bool *failed =
		xcalloc((strlen(pattern) + 1) * width, sizeof(*failed));
	struct attempt a = { pattern, path, width, failed };

	return match_rest(&a, pattern, path);
}

bool pattern_matches(const char *pattern, const char *path)
{
	const char *rest = pattern + 2;

	if (!str_starts(pattern, "**") || strpbrk(rest, "*?[]\\"))
		return match_all(pattern, path);
	return str_ends(path, rest) || (*rest == '/' && !strcmp(path, rest + 1));
}

bool pattern_reaches_below(const char *pattern, const char *dir)
{
	for (;;) {
		size_t n = strcspn(pattern, "/"), d = strcspn(dir, "/");

		if (n != strcspn(pattern, "/*?[\\"))
			return true;
		if (n != d || strncmp(pattern, dir, n))
			return false;
		pattern += n;
		dir += d;
		if (!*dir)
			return *pattern;
		if (!*pattern)
			return false;
		pattern++;
		dir++;
	}
}
