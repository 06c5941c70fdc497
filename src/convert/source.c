/* From what the command line names to a picked image. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "convert_private.h"
#include "vc/util.h"

int with_status(struct vc_error *err, int status)
{
	if (err->status)
		return -1;
	if (err->errnum == EBADMSG)
		status = CONVERT_EXIT_POLICY;
	if (err->errnum == ENOSPC || err->errnum == EDQUOT)
		status = CONVERT_EXIT_OUTPUT;
	err->status = status;
	return -1;
}

/* What --oci-layout and its like promise of what they name. */
static bool kind_fits(enum source_kind asked, enum image_kind found)
{
	switch (found) {
	case IMAGE_OCI_LAYOUT:
		return asked == SOURCE_OCI_LAYOUT || asked == SOURCE_IMAGE;
	case IMAGE_OCI_ARCHIVE:
	case IMAGE_DOCKER_ARCHIVE:
		return asked == SOURCE_OCI_TAR;
	case IMAGE_ROOTFS_TAR:
		return asked == SOURCE_ROOTFS_TAR;
	case IMAGE_ROOTFS_DIR:
		return asked == SOURCE_ROOTFS_DIR;
	}
	return false;
}

static int check_kind(const struct convert *c, enum image_kind found,
		      struct vc_error *err)
{
	static const char *const found_names[] = {
		[IMAGE_OCI_LAYOUT] = "an OCI layout: use --oci-layout",
		[IMAGE_OCI_ARCHIVE] = "an OCI archive: use --oci-tar",
		[IMAGE_DOCKER_ARCHIVE] = "a docker archive: use --oci-tar",
		[IMAGE_ROOTFS_TAR] = "a tar of a root file system: use "
				     "--rootfs-tar",
		[IMAGE_ROOTFS_DIR] = "a directory that is no OCI layout: use "
				     "--rootfs-dir for a root file system",
	};

	if (kind_fits(c->source_kind, found))
		return 0;
	return vc_fail(err, 0, "'%s' is %s", c->source, found_names[found]);
}

static int open_registry(const struct convert *c,
			 const struct image_choice *choice, struct image_source *s,
			 struct vc_error *err)
{
	if (registry_fetch(c->source, c->arch, &c->registry, &s->registry,
			   err) < 0)
		return -1;
	return image_pick_layout(registry_image_layout(s->registry), c->source,
				 choice, &s->pick, err);
}

static int open_path(const struct convert *c, const char *spool_dir,
		     const struct image_choice *choice, struct image_source *s,
		     struct vc_error *err)
{
	if (image_pick_open(c->source, STDIN_FILENO, spool_dir, choice,
			    &s->pick, err) < 0)
		return -1;
	return check_kind(c, image_pick_kind(s->pick), err);
}

int image_source_open(const struct convert *c, const char *spool_dir,
		struct image_source *ret, struct vc_error *err)
{
	const struct image_choice choice = { .arch = c->arch, .tag = c->tag };
	_cleanup_image_source_ struct image_source s = { 0 };
	int r;

	s.label = xasprintf("image '%s'", c->source);
	r = c->source_kind == SOURCE_IMAGE ?
		    open_registry(c, &choice, &s, err) :
		    open_path(c, spool_dir, &choice, &s, err);
	if (r < 0)
		return with_status(err, CONVERT_EXIT_SOURCE);
	*ret = s;
	s = (struct image_source){ 0 };
	return 0;
}

void image_source_release(struct image_source *s)
{
	image_pick_free(s->pick);
	registry_image_free(s->registry);
	free(s->label);
	*s = (struct image_source){ 0 };
}
