/* An opened input: what kind it is by its content, and what is chosen of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "image_load.h"
#include "input.h"
#include "rootfs.h"
#include "vc/image.h"
#include "vc/log.h"
#include "vc/util.h"

struct image_set {
	enum image_kind kind;
	struct input input;
	struct spool spool;
	struct tar_index index; /* of the archive kinds */
	struct layer_store layers;
	struct images images;
	struct strv names;
	bool chosen;
};

static bool has_file(int dirfd, const char *name)
{
	_cleanup_close_ int fd = open_beneath(dirfd, name,
					      O_RDONLY | O_NONBLOCK);

	return fd >= 0;
}

static int look_at_dir(struct image_set *s, struct vc_error *err)
{
	if (has_file(s->input.fd, "oci-layout") &&
	    has_file(s->input.fd, "index.json")) {
		s->kind = IMAGE_OCI_LAYOUT;
		return 0;
	}
	s->kind = IMAGE_ROOTFS_DIR;
	return rootfs_check_dir(s->input.fd, s->input.label, err);
}

/*
 * docker save writes both formats since version 25; docker load takes
 * manifest.json then, which has the full names.
 */
static int look_at_archive(struct image_set *s, struct vc_error *err)
{
	if (tar_index_read(&s->index, &s->input.archive, err) < 0)
		return vc_wrap(err, "cannot read '%s'", s->input.label);
	if (tar_index_has(&s->index, "manifest.json"))
		s->kind = IMAGE_DOCKER_ARCHIVE;
	else if (tar_index_has(&s->index, "oci-layout") &&
		 tar_index_has(&s->index, "index.json"))
		s->kind = IMAGE_OCI_ARCHIVE;
	else if (tar_index_has(&s->index, "repositories"))
		return vc_fail(err, 0, "'%s' is an archive in docker's legacy "
				       "format, from before version 1.10: load "
				       "and save it with a newer docker first",
			       s->input.label);
	else
		s->kind = IMAGE_ROOTFS_TAR;
	if (s->kind != IMAGE_ROOTFS_TAR)
		return 0;
	if (s->index.unended)
		log_note("'%s' has no end mark: it may be cut off",
			 s->input.label);
	tar_index_drop_members(&s->index);
	return 0;
}

int image_set_open(const char *path, int in, const char *spool_dir,
		   struct image_set **ret, struct vc_error *err)
{
	_cleanup_image_set_ struct image_set *s = xcalloc(1, sizeof(*s));

	s->input.fd = -1;
	spool_init(&s->spool, spool_dir);
	s->layers.spool = &s->spool;
	if (input_open(&s->input, path, in, &s->spool, err) < 0)
		return -1;
	if ((s->input.is_dir ? look_at_dir(s, err) : look_at_archive(s, err)) <
	    0)
		return -1;
	progress_end();
	*ret = steal_ptr(s);
	return 0;
}

void image_set_free(struct image_set *s)
{
	if (!s)
		return;
	images_release(&s->images);
	layer_store_release(&s->layers);
	tar_index_release(&s->index);
	strv_release(&s->names);
	input_release(&s->input);
	spool_release(&s->spool);
	free(s);
}

void image_set_cleanup(struct image_set **s)
{
	image_set_free(*s);
}

enum image_kind image_set_kind(const struct image_set *s)
{
	return s->kind;
}

static int choose(struct image_set *s, const struct image_choice *choice,
		  char **note, struct vc_error *err)
{
	struct loading w = {
		.choice = choice,
		.label = s->input.label,
		.layers = &s->layers,
		.images = &s->images,
	};
	struct layout l;

	switch (s->kind) {
	case IMAGE_OCI_LAYOUT:
		layout_of_dir(&l, s->input.fd);
		return load_layout(&w, &l, note, err);
	case IMAGE_OCI_ARCHIVE:
		layout_of_archive(&l, &s->index);
		return load_layout(&w, &l, note, err);
	case IMAGE_DOCKER_ARCHIVE:
		return load_docker_archive(&w, &s->index, err);
	case IMAGE_ROOTFS_TAR:
		return rootfs_choose(s->index.elf_arch, choice, s->input.label,
				     &s->names, err);
	case IMAGE_ROOTFS_DIR:
		break;
	}
	return rootfs_choose(elf_arch_of_dir(s->input.fd), choice,
			     s->input.label, &s->names, err);
}

int image_set_choose(struct image_set *s, const struct image_choice *choice,
		     char **ret_platform_note, struct vc_error *err)
{
	char *note = NULL;

	/* layers that were checked for an earlier choice stay */
	images_release(&s->images);
	strv_release(&s->names);
	s->chosen = false;
	if (choose(s, choice, &note, err) < 0)
		return -1;
	progress_end();
	for (size_t i = 0; i < s->images.n; i++)
		strv_add_all(&s->names, s->images.v[i].names.v);
	s->chosen = true;
	*ret_platform_note = note;
	return 0;
}

const struct strv *image_set_names(const struct image_set *s)
{
	return &s->names;
}

int image_set_source(struct image_set *s, struct byte_source **ret,
		     struct vc_error *err)
{
	if (!s->chosen)
		return vc_fail(err, 0, "'%s': no image was chosen",
			       s->input.label);
	switch (s->kind) {
	case IMAGE_OCI_LAYOUT:
	case IMAGE_OCI_ARCHIVE:
	case IMAGE_DOCKER_ARCHIVE:
		*ret = docker_archive_source(&s->images, &s->layers);
		break;
	case IMAGE_ROOTFS_TAR:
		*ret = extent_source(&s->input.archive);
		break;
	case IMAGE_ROOTFS_DIR:
		*ret = dir_tar_source(s->input.fd, s->input.label);
		break;
	}
	return 0;
}
