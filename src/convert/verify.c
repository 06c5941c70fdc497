/* oci2vm verify: are the files of a result those its manifest was made for? */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "convert_private.h"
#include "oci/json.h"
#include "vc/io.h"
#include "vc/util.h"

#define MAX_MANIFEST (1u << 20)

static int read_manifest(int dirfd, struct json_object **ret,
			 struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (read_file_at(dirfd, "manifest.json", MAX_MANIFEST, &b, err) < 0)
		return -1;
	*ret = jdoc_parse(buf_ptr(&b), b.len, err);
	if (!*ret)
		return vc_wrap(err, "manifest.json");
	if (!json_object_is_type(*ret, json_type_object))
		return vc_fail(err, 0, "manifest.json is no JSON object");
	return 0;
}

/* A name from the manifest is one of this directory. */
static int open_asset(int dirfd, const char *name, struct vc_error *err)
{
	int fd;

	if (strchr(name, '/') || !strcmp(name, "..") || !strcmp(name, "."))
		return vc_fail(err, 0, "manifest.json: '%s' is no file name",
			       name);
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
					 O_NONBLOCK);
	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", name);
	return fd;
}

static int check_asset(int dirfd, const char *name, const char *want,
		       struct vc_error *err)
{
	struct output f = { .name = (char *)name, .fd = -1 };
	char got[65];
	int r;

	f.fd = open_asset(dirfd, name, err);
	if (f.fd < 0)
		return -1;
	r = output_sha256(&f, got, err);
	close(f.fd);
	if (r == 0 && strcmp(got, want) != 0)
		return vc_fail(err, 0, "'%s' is not what its manifest was made "
				       "for (expected sha256 %s, got %s)",
			       name, want, got);
	return r;
}

static int check_all(int dirfd, struct json_object *manifest,
		     struct vc_error *err)
{
	static const char *const names[] = { "kernel", "initramfs", "rootfs" };
	struct json_object *assets, *sums;

	if (jdoc_object(manifest, "assets", &assets, err) < 0 ||
	    jdoc_object(manifest, "checksums", &sums, err) < 0)
		return -1;
	if (!assets || !sums)
		return vc_fail(err, 0, "manifest.json has no 'assets' or no "
				       "'checksums'");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *name, *sum;

		if (jdoc_text(assets, names[i], &name, err) < 0 ||
		    jdoc_text(sums, names[i], &sum, err) < 0)
			return -1;
		if (!name || !sum)
			return vc_fail(err, 0, "manifest.json says nothing of "
					       "the %s", names[i]);
		if (check_asset(dirfd, name, sum, err) < 0)
			return -1;
	}
	return 0;
}

int convert_verify(const char *dir, struct vc_error *err)
{
	_cleanup_close_ int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_json_ struct json_object *manifest = NULL;

	if (dirfd < 0) {
		vc_fail(err, errno, "cannot open '%s'", dir);
		return with_status(err, CONVERT_EXIT_SOURCE);
	}
	if (read_manifest(dirfd, &manifest, err) < 0 ||
	    check_all(dirfd, manifest, err) < 0) {
		vc_wrap(err, "'%s'", dir);
		return with_status(err, CONVERT_EXIT_POLICY);
	}
	return 0;
}
