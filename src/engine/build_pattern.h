/* One pattern of an ignore file. */
#ifndef ENGINE_BUILD_PATTERN_H
#define ENGINE_BUILD_PATTERN_H

#include <stdbool.h>

/* Whether a clean pattern matches all of a path, as moby's patternmatcher
 * reads it: "*", "?" and "[...]" within a part, "**" across parts. */
bool pattern_matches(const char *pattern, const char *path);
/* Go's filepath.Match() would take it, and its length is sane. */
bool pattern_is_valid(const char *pattern);
/* False when it cannot match anything below the directory, unless it matches
 * the directory itself too. */
bool pattern_reaches_below(const char *pattern, const char *dir);

#endif
