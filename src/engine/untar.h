/*
 * Unpacking a tar that nobody vouches for into a directory of the user's:
 * nothing is written outside of it, and no link is followed within it.
 */
#ifndef ENGINE_UNTAR_H
#define ENGINE_UNTAR_H

#include <stdbool.h>

#include "vc/layer.h"

struct untar {
	int dirfd;            /* where the members go; borrowed */
	const char *label;    /* its path, for messages */
	/*
	 * What the names in the archive are: relative to the top of it
	 * ("./a", also "/a"), or all below one name ("etc", "etc/a").
	 */
	bool content;
	/* Goes in the place of that one name, or before all of the content;
	 * NULL: names stay as they are. */
	const char *top;
	bool owners;          /* set them */
	bool skip_devices;    /* else they are an error */
};

struct untar_info {
	bool is_dir; /* the first member: what was asked for */
	bool empty;  /* there is no member */
};

/* Reads the archive once without unpacking: whatever can be refused without
 * a look at the disk is refused here. */
int untar_check(const struct untar *u, const struct extent *archive,
		struct untar_info *ret, struct vc_error *err);
/* Modes and times are the archive's. Errors name the member. */
int untar_extract(const struct untar *u, const struct extent *archive,
		  struct vc_error *err);

#endif
