/* Paths of the host as docker's and podman's cp read them. */
#ifndef ENGINE_COPY_PATH_H
#define ENGINE_COPY_PATH_H

#include <stdbool.h>

/* Go's filepath.Clean(): ".", ".." and empty parts taken out by their names,
 * without a look at the disk. Owned by the caller, as below. */
char *copy_clean(const char *path);
/* The absolute, clean path; an end in "/" or "/." is kept, it has a meaning. */
char *copy_absolute(const char *path);
/* The last part of a clean path; "/" has none: "". Borrowed. */
const char *copy_base(const char *clean);
/* All before it: "/" for "/a", "." for "a". */
char *copy_parent(const char *clean);
/* "dir/." or ".": the content, not the directory. */
bool copy_names_content(const char *path);
/* "dir/", "dir/." */
bool copy_asserts_directory(const char *path);

#endif
