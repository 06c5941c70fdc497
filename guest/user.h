/* Who an image's command runs as: what docker reads "USER" as. */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include <sys/types.h>

#include "accounts.h"
#include "vc/error.h"

/* As many as the kernel takes (NGROUPS_MAX). */
#define USER_GROUPS_MAX 65536u

struct user {
	uint32_t uid, gid;
	uint32_t *groups; /* supplementary, owned */
	size_t n_groups;
	char *home;       /* owned; "/" when nobody says */
};

/*
 * Reads "", "user", "user:group", each a name or a number, by the two files:
 * a number need not be in them, a name must.  Supplementary groups are the
 * user's own when no group is named.
 */
int user_find(const char *spec, struct text passwd, struct text group,
	      struct user *ret, struct vc_error *err);
/* The same by etc/passwd and etc/group of a root; either may be missing. */
int user_resolve(int root, const char *spec, struct user *ret,
		 struct vc_error *err);
void user_release(struct user *u);
/* Becomes it, for good. */
int user_become(const struct user *u, struct vc_error *err);

#endif
