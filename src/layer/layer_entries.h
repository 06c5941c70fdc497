/* What a layer says, between reading and applying it. */
#ifndef LAYER_ENTRIES_H
#define LAYER_ENTRIES_H

#include "entry_name.h"
#include "tar_reader.h"
#include "vc/layer.h"
#include "vc/tree.h"

struct layer_entry {
	char *name; /* owned; of a whiteout what it hides, of an opaque one
		     * the directory whose children it hides */
	union {
		struct tree_inode *inode; /* ENTRY_OBJECT; owned */
		char *target;             /* ENTRY_LINK; owned */
	};
	enum entry_kind kind;
};

struct layer_entries {
	struct layer_entry *v;
	size_t n, cap;
	uint64_t bytes;
};

void layer_entry_release(struct layer_entry *e);
/* Takes e over. */
void layer_entries_add(struct layer_entries *l, const struct layer_entry *e);
/* "entry 'name': why"; returns -1. */
int entry_fail(const char *name, struct vc_error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The inode of a member that is no hard link; a file's still without data. */
int entry_inode(const struct tar_member *m, const struct layer_limits *limits,
		struct tree_inode **ret, struct vc_error *err);
/* The attributes of a member, as far as Linux can hold them. */
int entry_xattrs(struct tree_inode *i, const struct tar_member *m, bool strict,
		 struct vc_error *err);

#endif
