/* A set: all images that are wanted of an input, as an engine reads them. */
#include <stdlib.h>

#include "find.h"
#include "rootfs.h"
#include "vc/log.h"
#include "vc/util.h"

struct image_set {
	struct input input;
	struct layer_store layers;
	struct images images;
	struct strv names;
	bool chosen;
};

int image_set_open(const char *path, int in, const char *spool_dir,
		   struct image_set **ret, struct vc_error *err)
{
	_cleanup_image_set_ struct image_set *s = xcalloc(1, sizeof(*s));

	s->layers.spool = &s->input.spool;
	if (input_open(&s->input, path, in, spool_dir, err) < 0)
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
	strv_release(&s->names);
	input_release(&s->input);
	free(s);
}

void image_set_cleanup(struct image_set **s)
{
	image_set_free(*s);
}

enum image_kind image_set_kind(const struct image_set *s)
{
	return s->input.kind;
}

static int choose(struct image_set *s, const struct image_choice *choice,
		  char **note, struct vc_error *err)
{
	if (input_is_rootfs(&s->input))
		return rootfs_choose(&s->input, choice, &s->names, err);
	if (find_images(&s->input, choice, &s->images, note, err) < 0 ||
	    images_load(&s->images, &s->input.layout, &s->layers, err) < 0)
		return -1;
	for (size_t i = 0; i < s->images.n; i++)
		strv_add_all(&s->names, s->images.v[i].names.v);
	return 0;
}

int image_set_choose(struct image_set *s, const struct image_choice *choice,
		     char **ret_platform_note, struct vc_error *err)
{
	_cleanup_free_ char *note = NULL;

	/* layers that were checked for an earlier choice stay */
	images_release(&s->images);
	strv_release(&s->names);
	s->chosen = false;
	if (choose(s, choice, &note, err) < 0)
		return -1;
	progress_end();
	s->chosen = true;
	*ret_platform_note = steal_ptr(note);
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
	switch (s->input.kind) {
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
