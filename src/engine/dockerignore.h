/*
 * What of a build context is left out.  The engine applies the same file
 * again; here it only decides what need not be sent.
 */
#ifndef ENGINE_DOCKERIGNORE_H
#define ENGINE_DOCKERIGNORE_H

#include <stdbool.h>
#include <stddef.h>

struct ignore_pattern {
	char *text;     /* clean, owned */
	bool exception; /* "!": matches are kept after all */
};

struct dockerignore {
	struct ignore_pattern *v;
	size_t n;
};

/*
 * Reads an ignore file's text.  One that the engine will refuse leaves
 * nothing out, so that it is the engine that says so.
 */
void dockerignore_parse(struct dockerignore *d, const char *text, size_t len);
void dockerignore_release(struct dockerignore *d);
/*
 * Whether a path of the context is left out: it, or a directory above it, is
 * matched, and the last pattern that does so is no exception.  Where engines
 * differ in the details it is not: they leave it out themselves.
 */
bool dockerignore_excludes(const struct dockerignore *d, const char *path);
/* Whether something in a directory that is left out may be kept. */
bool dockerignore_keeps_below(const struct dockerignore *d, const char *dir);

#endif
