/* The formats by name, and the way to their writers. */
#include "fs.h"

#include <string.h>

#include "vc/buf.h"
#include "vc/util.h"

static const struct {
	const char *name;
	int (*write)(const struct tree *t, const struct fs_options *o,
		     const char *path, struct vc_error *err);
} formats[] = {
	[FS_EXT4] = { "ext4", ext4_write },
	[FS_SQUASHFS] = { "squashfs", squashfs_write },
	[FS_EROFS] = { "erofs", erofs_write },
	[FS_TAR] = { "tar", tar_write },
	[FS_CPIO] = { "cpio", cpio_write },
};

const char *fs_kind_name(enum fs_kind kind)
{
	return formats[kind].name;
}

int fs_kind_parse(const char *name, enum fs_kind *ret, struct vc_error *err)
{
	_cleanup_buf_ struct buf names = BUF_INIT;
	_cleanup_free_ char *shown = printable(name, strlen(name));

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!strcmp(name, formats[i].name)) {
			*ret = (enum fs_kind)i;
			return 0;
		}
		buf_printf(&names, "%s%s", i ? ", " : "", formats[i].name);
	}
	return vc_fail_usage(err, "unknown file system '%s': one of %s", shown,
			     buf_ptr(&names));
}

int fs_write(enum fs_kind kind, const struct tree *t,
	     const struct fs_options *o, const char *path,
	     struct vc_error *err)
{
	return formats[kind].write(t, o, path, err);
}
