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
	read_as_reference(text, size);
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
