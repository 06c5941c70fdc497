/* How an image wants to be run: image-spec config.md, "config". */
#ifndef OCI_RUNTIME_H
#define OCI_RUNTIME_H

#include "json.h"
#include "vc/image.h"

/*
 * From a whole configuration.  What no engine could run, or what tries to be
 * more than it says (CVE-2024-40635, CVE-2024-21626), is an error.
 */
int runtime_parse(struct json_object *config, struct image_runtime *ret,
		  struct vc_error *err);

/* --- single values (runtime_value.c) -------------------------------------- */

/* "name", "uid", "name:group", "uid:gid"; numbers up to 2^32-2. */
int user_check(const char *user, struct vc_error *err);
/* Absolute and without ".", ".." and "//"; owned by the caller, NULL on
 * failure. */
char *workdir_clean(const char *workdir, struct vc_error *err);
/* "SIGTERM" of "SIGTERM", "term", "15", "SIGRTMIN+3"; owned by the caller,
 * NULL on failure. */
char *signal_name(const char *text, struct vc_error *err);
/* RFC 3339, section 5.6; *ret in seconds, what is before 1970 (Go writes year
 * 1 for "not said") as 0. */
int time_parse(const char *text, int64_t *ret, struct vc_error *err);

#endif
