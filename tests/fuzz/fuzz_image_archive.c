/*
 * Archives: opened, chosen from and read to the end.  What comes out of an
 * image archive must be one that we read ourselves, to the same bytes; a root
 * file system must come out as it was.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vc/buf.h"
#include "vc/image.h"
#include "vc/log.h"
#include "vc/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int to_memfd(const void *data, size_t size)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return fd;
}

/* False when it was refused. */
static bool convert(const void *data, size_t size, enum image_kind *kind,
		    struct buf *out)
{
	const struct image_choice choice = {
		.arch = "x86_64", .fallback_name = "imported:latest"
	};
	_cleanup_image_set_ struct image_set *set = NULL;
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int fd = to_memfd(data, size);
	_cleanup_free_ char *note = NULL;
	struct byte_source *s;
	char chunk[4096];
	ssize_t n;

	if (image_set_open("-", fd, "/tmp", &set, &err) < 0 ||
	    image_set_choose(set, &choice, &note, &err) < 0)
		return false;
	*kind = image_set_kind(set);
	if (image_set_source(set, &s, &err) < 0)
		abort();
	while ((n = s->read(s, chunk, sizeof(chunk), &err)) > 0)
		buf_add(out, chunk, (size_t)n);
	s->free(s);
	if (n < 0)
		abort(); /* everything was checked before */
	return true;
}

/* What one image of it says; its layers are where they were said to be. */
static void pick(const void *data, size_t size)
{
	const struct image_choice choice = { .arch = "x86_64" };
	_cleanup_image_pick_ struct image_pick *p = NULL;
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int fd = to_memfd(data, size);
	const struct digest *digest, *diff_id;
	struct byte_source *s;
	char chunk[64];
	uint64_t layer;

	if (image_pick_open("-", fd, "/tmp", &choice, &p, &err) < 0)
		return;
	for (size_t i = 0; i < image_pick_layers(p); i++) {
		if (image_pick_layer(p, i, &s, &digest, &diff_id, &layer,
				     &err) < 0)
			abort();
		if (s->read(s, chunk, sizeof(chunk), &err) < 0)
			abort();
		s->free(s);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf once = BUF_INIT;
	_cleanup_buf_ struct buf twice = BUF_INIT;
	enum image_kind kind = IMAGE_OCI_LAYOUT, again = IMAGE_OCI_LAYOUT;

	log_init("fuzz", LOG_QUIET);
	pick(data, size);
	if (!convert(data, size, &kind, &once))
		return 0;
	if (!convert(buf_ptr(&once), once.len, &again, &twice))
		abort();
	if (again != (kind == IMAGE_ROOTFS_TAR ? kind : IMAGE_DOCKER_ARCHIVE) ||
	    once.len != twice.len ||
	    memcmp(buf_ptr(&once), buf_ptr(&twice), once.len))
		abort();
	return 0;
}
