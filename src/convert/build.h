/* Dockerfile builds: who builds, and how each is asked. */
#ifndef CONVERT_BUILD_H
#define CONVERT_BUILD_H

#include "vc/convert.h"

/* All that follows takes a build whose file (or "-") and context have been
 * found: absolute, or as a user may name them on a command line. */

/* The first builder that is there; a static string. */
const char *build_default_builder(void);

/* The command lines; `program` is what runs, `dest` the archive to be. */
void build_buildx_argv(const struct dockerfile_build *b, const char *program,
		       const char *dest, struct strv *ret);
/* `file`: the Dockerfile, in a directory, where b->file is "-". */
void build_buildctl_argv(const struct dockerfile_build *b, const char *program,
			 const char *file, const char *dest, struct strv *ret);

/* Each leaves a finished archive at `dest`; the error names no Dockerfile. */
int build_with_buildx(const struct dockerfile_build *b, const char *dest,
		      struct vc_error *err);
int build_with_buildctl(const struct dockerfile_build *b, const char *dest,
			struct vc_error *err);
int build_in_vm(const struct dockerfile_build *b, const char *dest,
		struct vc_error *err);

#endif
