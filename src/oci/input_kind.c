/* What an input is: decided by its content, never by its name. */
#include <fcntl.h>
#include <unistd.h>

#include "docker_legacy.h"
#include "input.h"
#include "rootfs.h"
#include "vc/log.h"
#include "vc/util.h"

static bool has_file(int dirfd, const char *name)
{
	_cleanup_close_ int fd = open_beneath(dirfd, name,
					      O_RDONLY | O_NONBLOCK);

	return fd >= 0;
}

static int look_at_dir(struct input *i, struct vc_error *err)
{
	if (has_file(i->fd, "oci-layout") && has_file(i->fd, "index.json")) {
		i->kind = IMAGE_OCI_LAYOUT;
		layout_of_dir(&i->layout, i->fd);
		return 0;
	}
	i->kind = IMAGE_ROOTFS_DIR;
	return rootfs_check_dir(i->fd, i->label, err);
}

/*
 * docker save writes both formats since version 25; docker load takes
 * manifest.json then, which has the full names.
 */
static enum image_kind kind_of_archive(struct input *i)
{
	if (tar_index_has(&i->index, "manifest.json"))
		return IMAGE_DOCKER_ARCHIVE;
	if (tar_index_has(&i->index, "oci-layout") &&
	    tar_index_has(&i->index, "index.json"))
		return IMAGE_OCI_ARCHIVE;
	i->legacy = docker_legacy_is(&i->index);
	return i->legacy ? IMAGE_DOCKER_ARCHIVE : IMAGE_ROOTFS_TAR;
}

static int look_at_archive(struct input *i, struct vc_error *err)
{
	if (tar_index_read(&i->index, &i->archive, err) < 0)
		return vc_wrap(err, "cannot read '%s'", i->label);
	i->kind = kind_of_archive(i);
	if (i->kind == IMAGE_OCI_ARCHIVE)
		layout_of_archive(&i->layout, &i->index);
	if (i->kind != IMAGE_ROOTFS_TAR)
		return 0;
	if (i->index.unended)
		log_note("'%s' has no end mark: it may be cut off", i->label);
	tar_index_drop_members(&i->index);
	return 0;
}

int input_find_kind(struct input *i, struct vc_error *err)
{
	return i->is_dir ? look_at_dir(i, err) : look_at_archive(i, err);
}

bool input_is_rootfs(const struct input *i)
{
	return i->kind == IMAGE_ROOTFS_TAR || i->kind == IMAGE_ROOTFS_DIR;
}

const char *input_elf_arch(const struct input *i)
{
	return i->kind == IMAGE_ROOTFS_DIR ? elf_arch_of_dir(i->fd) :
					     i->index.elf_arch;
}
