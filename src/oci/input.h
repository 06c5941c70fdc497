/* What an image is read from, and what it is by its content. */
#ifndef OCI_INPUT_H
#define OCI_INPUT_H

#include "layout.h"
#include "tar_index.h"
#include "vc/image.h"
#include "vc/layer.h"

struct input {
	char *label;            /* owned: how messages call it */
	int fd;                 /* owned: the directory or file; or -1 */
	bool is_dir;
	struct spool spool;     /* what had to be inflated */
	struct extent archive;  /* the plain tar: in fd, or in the spool */
	enum image_kind kind;
	bool legacy;            /* a docker-archive without manifest.json */
	struct tar_index index; /* of the archive kinds */
	struct layout layout;   /* of the OCI kinds */
};

/*
 * Opens `path` ("-": the fd `in`) and takes an outer compression off: a file
 * that has none is used where it is, all else goes into a nameless file in
 * spool_dir.  `i` must not be moved afterwards.
 */
int input_open(struct input *i, const char *path, int in,
	       const char *spool_dir, struct vc_error *err);
void input_release(struct input *i);

/* Finds out what it is (input_kind.c); called by input_open(). */
int input_find_kind(struct input *i, struct vc_error *err);
/* For a root file system: what its programs are for; NULL unknown. */
const char *input_elf_arch(const struct input *i);
bool input_is_rootfs(const struct input *i);

#endif
