/* The bytes or the directory that an image is read from. */
#ifndef OCI_INPUT_H
#define OCI_INPUT_H

#include "vc/layer.h"

struct input {
	char *label;           /* owned: how messages call it */
	int fd;                /* owned: the directory or file; or -1 */
	bool is_dir;
	struct extent archive; /* the plain tar: in fd, or in the spool */
};

/*
 * Opens path ("-": the fd `in`) and takes an outer compression off: a file
 * that has none is used where it is, all else goes into the spool.
 */
int input_open(struct input *i, const char *path, int in, struct spool *spool,
	       struct vc_error *err);
void input_release(struct input *i);

#endif
