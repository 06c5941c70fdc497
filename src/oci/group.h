/* Which manifest of one image's several is for our VM. */
#ifndef OCI_GROUP_H
#define OCI_GROUP_H

#include "index.h"

/* Of the candidates in `group`; *ret_note: "A of A, B", or NULL when there
 * was nothing to choose from. */
int group_choose(const struct layout *l, struct candidates *c, size_t group,
		 const char *vm_arch, const char *label,
		 struct candidate **ret, char **ret_note, struct vc_error *err);

#endif
