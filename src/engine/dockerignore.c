/* As github.com/moby/patternmatcher/ignorefile reads it. */
#include "engine/dockerignore.h"

#include <stdlib.h>
#include <string.h>

#include "engine/build_pattern.h"
#include "engine/copy_path.h"
#include "vc/util.h"

#define BOM "\xef\xbb\xbf"
#define BLANKS " \t\r\v\f"

static char *trim(const char *s, size_t len)
{
	while (len && strchr(BLANKS, s[len - 1]))
		len--;
	while (len && strchr(BLANKS, *s)) {
		s++;
		len--;
	}
	return xstrndup(s, len);
}

/* False when the engine will not take it. */
static bool add(struct dockerignore *d, const char *line, size_t len)
{
	_cleanup_free_ char *text = trim(line, len);
	_cleanup_free_ char *body = NULL;
	bool exception = *text == '!';
	char *clean;

	if (!len || *line == '#' || !*text)
		return true;
	body = trim(text + exception, strlen(text + exception));
	if (!*body)
		return false;
	clean = copy_clean(body);
	/* "/x" is "x": the context is the root */
	if (clean[0] == '/' && clean[1])
		memmove(clean, clean + 1, strlen(clean));
	d->v = xrealloc(d->v, (d->n + 1) * sizeof(*d->v));
	d->v[d->n++] = (struct ignore_pattern){ clean, exception };
	return pattern_is_valid(clean);
}

void dockerignore_parse(struct dockerignore *d, const char *text, size_t len)
{
	const char *end = text + len;
	bool valid = !memchr(text, '\0', len);

	*d = (struct dockerignore){ 0 };
	if (len >= strlen(BOM) && !memcmp(text, BOM, strlen(BOM)))
		text += strlen(BOM);
	while (valid && text < end) {
		const char *line = text;
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		text = newline ? newline + 1 : end;
		valid = add(d, line, (size_t)((newline ? newline : end) - line));
	}
	if (!valid)
		dockerignore_release(d);
}

void dockerignore_release(struct dockerignore *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].text);
	free(d->v);
	*d = (struct dockerignore){ 0 };
}

/* A pattern that would change nothing is not tried, in both of these. */

/* moby's MatchesOrParentMatches(): it counts what matches the path or a
 * directory above it. */
static bool excluded_by_parts(const struct dockerignore *d, char *path)
{
	bool excluded = false;

	for (size_t i = 0; i < d->n; i++) {
		bool found = false;
		char *slash = path;

		if (d->v[i].exception != excluded)
			continue;
		while (!found && (slash = strchr(slash, '/'))) {
			*slash = '\0';
			found = pattern_matches(d->v[i].text, path);
			*slash++ = '/';
		}
		if (found || pattern_matches(d->v[i].text, path))
			excluded = !excluded;
	}
	return excluded;
}

/* One directory further down: what was met above counts again here. */
static bool descend(const struct dockerignore *d, const char *path, bool *met)
{
	bool excluded = false;

	for (size_t i = 0; i < d->n; i++) {
		if (!met[i] && d->v[i].exception == excluded)
			met[i] = pattern_matches(d->v[i].text, path);
		if (met[i])
			excluded = !d->v[i].exception;
	}
	return excluded;
}

/* MatchesUsingParentResults(): a pattern that was not tried on a directory,
 * for it would have changed nothing, does not count below it. */
static bool excluded_by_inheritance(const struct dockerignore *d, char *path)
{
	_cleanup_free_ bool *met = xcalloc(d->n, sizeof(*met));

	for (char *slash = path; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		descend(d, path, met);
		*slash = '/';
	}
	return descend(d, path, met);
}

bool dockerignore_excludes(const struct dockerignore *d, const char *path)
{
	_cleanup_free_ char *copy = NULL;

	if (!d->n)
		return false;
	copy = xstrdup(path);
	return excluded_by_parts(d, copy) && excluded_by_inheritance(d, copy);
}

bool dockerignore_keeps_below(const struct dockerignore *d, const char *dir)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].exception && pattern_reaches_below(d->v[i].text, dir))
			return true;
	return false;
}
