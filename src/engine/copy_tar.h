/* A file or a tree of the host as a tar for stage_send_tree(). */
#ifndef ENGINE_COPY_TAR_H
#define ENGINE_COPY_TAR_H

#include <stdbool.h>

#include "vc/buf.h"
#include "vc/source.h"

enum copy_want {
	COPY_TAKE,
	COPY_LEAVE,       /* a directory with all that is in it */
	COPY_LOOK_INSIDE, /* a directory to be taken if something in it is */
};

struct copy_tar_spec {
	const char *path; /* a file, a link itself, or a directory */
	const char *name; /* its member name; "": the directory's entries are
			   * the members, and itself is none */
	bool owned_by_root;
	bool no_hard_links; /* each name is a file of its own */
	/* Whether an entry, by its path below `path`, is packed; NULL: all */
	enum copy_want (*want)(void *data, const char *path, bool is_dir);
	void *data;
};

/*
 * Members have GNU headers, a directory comes after its entries so that its
 * time stays.  All strings and data are borrowed until the source is freed;
 * `head` (may be NULL) are members that come first and is emptied.
 */
int copy_tar_open(const struct copy_tar_spec *spec, struct buf *head,
		  struct byte_source **ret, struct vc_error *err);

#endif
