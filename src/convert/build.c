/*
 * From a Dockerfile to an archive, by one of three builders.  All of them are
 * BuildKit; what differs is where it runs.
 */
#include "convert/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/log.h"
#include "vc/settings.h"
#include "vc/util.h"

static const struct {
	const char *name;
	int (*build)(const struct dockerfile_build *b, const char *dest,
		     struct vc_error *err);
} builders[] = {
	{ "docker-buildx", build_with_buildx },
	{ "buildctl", build_with_buildctl },
	{ "vdkr", build_in_vm },
};

static int find_context(const char *context, char **ret, struct vc_error *err)
{
	_cleanup_free_ char *path = realpath(context, NULL);
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return vc_fail(err, errno, "cannot use '%s' as the build's context",
			       context);
	if (!S_ISDIR(st.st_mode))
		return vc_fail(err, 0, "the build's context '%s' is no directory: name "
			       "the one that holds the files to copy", context);
	*ret = steal_ptr(path);
	return 0;
}

/* As docker: the context's own when none is named, by either name. */
static int find_file(const char *file, const char *context, char **ret,
		     struct vc_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (file && !strcmp(file, "-")) {
		*ret = xstrdup(file);
		return 0;
	}
	path = file ? xstrdup(file) : path_join(context, "Dockerfile");
	if (!file && access(path, F_OK) < 0) {
		_cleanup_free_ char *lower = path_join(context, "dockerfile");

		if (access(lower, F_OK) == 0) {
			free(path);
			path = steal_ptr(lower);
		}
	}
	if (access(path, R_OK) < 0)
		return vc_fail(err, errno, "cannot read the Dockerfile '%s'", path);
	*ret = steal_ptr(path);
	return 0;
}

/* Its index, or -1. */
static int find_builder(const char *name, struct vc_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(builders); i++)
		if (!strcmp(builders[i].name, name))
			return (int)i;
	return vc_fail_usage(err, "unknown builder '%s': use docker-buildx, buildctl or "
			     "vdkr", name);
}

/* The archive appears whole or not at all. */
static int build_to(const struct dockerfile_build *b, int builder,
		    const char *path, struct vc_error *err)
{
	_cleanup_free_ char *tmp = xasprintf("%s.tmp", path);

	if (builders[builder].build(b, tmp, err) < 0) {
		unlink(tmp);
		return vc_wrap(err, "Dockerfile '%s'", b->file);
	}
	if (rename(tmp, path) < 0)
		return vc_fail(err, errno, "Dockerfile '%s': %s ended well but left no "
			       "image in '%s'", b->file, builders[builder].name,
			       b->out_dir);
	return 0;
}

int dockerfile_build(const struct dockerfile_build *b, char **ret_path,
		     struct vc_error *err)
{
	_cleanup_free_ char *context = NULL, *file = NULL, *path = NULL;
	struct dockerfile_build found = *b;
	int builder;

	if (find_context(b->context, &context, err) < 0 ||
	    find_file(b->file, context, &file, err) < 0)
		return -1;
	found.context = context;
	found.file = file;
	found.builder = b->builder ? b->builder : build_default_builder();
	builder = find_builder(found.builder, err);
	if (builder < 0)
		return -1;
	log_verbose("building '%s' for linux/%s with %s", file, arch_oci(b->arch),
		    found.builder);
	path = path_join(b->out_dir, "image.tar");
	if (build_to(&found, builder, path, err) < 0)
		return -1;
	*ret_path = steal_ptr(path);
	return 0;
}
