/* What the writers say of an entry, and the numbers of one they share. */
#ifndef FS_ENTRY_H
#define FS_ENTRY_H

#include <stdint.h>

#include "vc/error.h"
#include "vc/tree.h"

/* "'usr/bin/x': fmt..."; returns -1. */
int fs_entry_fail(struct vc_error *err, const struct tree_node *n,
	       const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same before what err already says. */
int entry_wrap(struct vc_error *err, const struct tree_node *n);
/* The path as a user may see it, "/" for the root; owned by the caller. */
char *entry_label(const struct tree_node *n);
/* The S_IFMT bits of a type. */
uint32_t entry_format(enum inode_type type);
/* The nearest time that 32 bits without a sign can say. */
uint32_t entry_time32(int64_t seconds);

#endif
