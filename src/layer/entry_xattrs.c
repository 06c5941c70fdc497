/* Extended attributes of entries: limits of Linux (xattr(7), and
 * include/uapi/linux/limits.h), since nothing beyond them can be set. */
#include <stdlib.h>
#include <string.h>

#include "layer_entries.h"
#include "vc/log.h"
#include "vc/util.h"

#define MAX_NAME 255
#define MAX_VALUES 65536 /* of one inode: XATTR_SIZE_MAX is that of one value */
#define MAX_NAMES 1000

static bool has_namespace(const char *name)
{
	static const char *const spaces[] = { "user.", "trusted.", "security.",
					      "system." };

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++)
		if (str_starts(name, spaces[i]))
			return name[strlen(spaces[i])] != '\0';
	return false;
}

/* "com.apple.quarantine" and the like: docker drops what the kernel refuses. */
static int leave_out(const struct tar_member *m, const char *name, bool strict,
		     struct vc_error *err)
{
	_cleanup_free_ char *attr = printable(name, strlen(name));
	_cleanup_free_ char *entry = printable(m->name, strlen(m->name));

	if (strict)
		return entry_fail(m->name, err, "the attribute '%s' is in no "
						"namespace of Linux", attr);
	log_verbose("'%s': the attribute '%s' is in no namespace of Linux: "
		    "left out", entry, attr);
	return 0;
}

int entry_xattrs(struct tree_inode *i, const struct tar_member *m, bool strict,
		 struct vc_error *err)
{
	size_t sum = 0;

	if (m->n_xattrs > MAX_NAMES)
		return entry_fail(m->name, err, "more than %d extended "
						"attributes", MAX_NAMES);
	for (uint32_t x = 0; x < m->n_xattrs; x++) {
		const struct xattr *a = &m->xattrs[x];

		if (strlen(a->name) > MAX_NAME)
			return entry_fail(m->name, err,
					  "the name of an extended attribute "
					  "is longer than %d bytes", MAX_NAME);
		sum += a->len;
		if (sum > MAX_VALUES)
			return entry_fail(m->name, err,
					  "extended attributes of more than "
					  "64 KiB");
		if (has_namespace(a->name))
			inode_set_xattr(i, a->name, a->value, a->len);
		else if (leave_out(m, a->name, strict, err) < 0)
			return -1;
	}
	return 0;
}
