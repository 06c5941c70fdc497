/*
 * Documents of images: the input is parsed as JSON and then read as everything
 * it could be.  As a blob it is called by its own digest, so that indexes and
 * manifests get past the check.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "oci/config.h"
#include "oci/descriptor.h"
#include "oci/docker_manifest.h"
#include "oci/document.h"
#include "oci/index.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "oci/runtime.h"
#include "vc/log.h"
#include "vc/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fd = -1;
static size_t fd_size;

/* Whatever digest is asked for, the input is what there is. */
static int find_blob(const struct layout *l, const struct digest *d,
		     struct blob *ret, struct vc_error *err)
{
	(void)l;
	(void)d;
	(void)err;
	*ret = (struct blob){ { fd, 0, fd_size }, -1 };
	return 0;
}

static void read_as_manifest(const struct layout *l, const char *data,
			     size_t size)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct descriptor d = {
		.media_type = xstrdup("application/vnd.oci.image.manifest.v1"
				      "+json"),
		.kind = MEDIA_MANIFEST,
		.size = size,
	};
	struct manifest m;

	digest_of_bytes(data, size, &d.digest);
	if (manifest_read(l, &d, &m, &err) == 0)
		manifest_release(&m);
	descriptor_release(&d);
}

/* What is given to a process is what it says, and a path that was cleaned
 * stays as it is. */
static void read_as_runtime(struct json_object *o)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *again = NULL;
	struct image_runtime r;

	if (runtime_parse(o, &r, &err) < 0)
		return;
	for (size_t i = 0; i < r.env.n; i++)
		if (*r.env.v[i] == '=' || !strchr(r.env.v[i], '='))
			abort();
	again = workdir_clean(r.workdir, &err);
	if (*r.workdir != '/' || strstr(r.workdir, "/../") ||
	    !str_eq(again, r.workdir))
		abort();
	image_runtime_release(&r);
}

static void read_as_rest(const struct layout *l, struct json_object *o)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct candidates candidates = { 0 };
	struct docker_entries entries;
	struct image_config config;
	struct descriptor d;

	index_walk(l, o, &candidates, &err);
	candidates_release(&candidates);
	if (image_config_parse(o, &config, &err) == 0)
		image_config_release(&config);
	if (docker_manifest_parse(o, &entries, &err) == 0)
		docker_entries_release(&entries);
	if (descriptor_parse(o, &d, &err) == 0)
		descriptor_release(&d);
	read_as_runtime(o);
}

/* The values by themselves: no JSON has to be made around them. */
static void read_as_values(const char *data, size_t size)
{
	_cleanup_error_ struct vc_error user = { 0 }, dir = { 0 };
	_cleanup_error_ struct vc_error sig = { 0 }, when = { 0 };
	_cleanup_free_ char *text = xstrndup(data, size);
	_cleanup_free_ char *path = workdir_clean(text, &dir);
	_cleanup_free_ char *name = signal_name(text, &sig);
	int64_t t = 0;

	user_check(text, &user);
	if (path && (*path != '/' || strstr(path, "//")))
		abort();
	if (name && !str_starts(name, "SIG"))
		abort();
	if (time_parse(text, &t, &when) == 0 && t < 0)
		abort();
}

/* A name that was made complete stays as it is, and its path never steps
 * upwards (a tag may hold dots in a row, as docker's may). */
static void read_as_reference(const char *data, size_t size)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *text = xstrndup(data, size);
	_cleanup_free_ char *name = reference_tagged(text, &err);
	_cleanup_free_ char *again = name ? reference_tagged(name, &err) : NULL;

	if (name && !str_eq(name, again))
		abort();
	if (name && (strchr(name, '"') || strstr(name, "../")))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct vc_error err = { 0 };
	const struct layout l = { .find_blob = find_blob, .dirfd = -1 };
	_cleanup_json_ struct json_object *o = NULL;
	const char *text = (const char *)data;

	if (size > 65536)
		return -1;
	log_init("fuzz", LOG_QUIET);
	read_as_reference(text, size);
	read_as_values(text, size);
	o = jdoc_parse(text, size, &err);
	if (!o)
		return 0;
	if (fd < 0)
		fd = memfd_create("document", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) < 0 ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	fd_size = size;
	read_as_manifest(&l, text, size);
	read_as_rest(&l, o);
	return 0;
}
