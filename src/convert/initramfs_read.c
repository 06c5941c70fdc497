/* See initramfs_read.h. */
#include "convert/initramfs_read.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "vc/convert.h"
#include "vc/util.h"

static void archive_cleanup(struct archive **a)
{
	archive_read_free(*a);
}

static bool is_named(struct archive_entry *e, const char *name)
{
	const char *path = archive_entry_pathname(e);

	if (path && str_starts(path, "./"))
		path += 2;
	return str_eq(path, name) && archive_entry_filetype(e) == AE_IFREG;
}

static int read_data(struct archive *a, size_t max, struct buf *ret,
		     struct vc_error *err)
{
	char chunk[65536];
	la_ssize_t n;

	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0) {
		if (ret->len + (size_t)n > max)
			return vc_fail(err, 0, "larger than %zu bytes", max);
		buf_add(ret, chunk, (size_t)n);
	}
	return n < 0 ? vc_fail(err, 0, "%s", archive_error_string(a)) : 0;
}

static int find(struct archive *a, const char *name, size_t max,
		struct buf *ret, struct vc_error *err)
{
	struct archive_entry *e;
	int r;

	while ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK)
		if (is_named(e, name))
			return read_data(a, max, ret, err);
	if (r != ARCHIVE_EOF)
		return vc_fail(err, 0, "%s", archive_error_string(a));
	return vc_fail(err, 0, "it has no '%s'", name);
}

int initramfs_read(const char *path, const char *name, size_t max,
		   struct buf *ret, struct vc_error *err)
{
	__attribute__((cleanup(archive_cleanup))) struct archive *a =
		archive_read_new();

	if (!a)
		vc_oom();
	archive_read_support_format_cpio(a);
	archive_read_support_filter_all(a);
	if (archive_read_open_filename(a, path, 65536) != ARCHIVE_OK)
		vc_fail(err, archive_errno(a), "cannot open '%s': build the "
			"guest's files with 'make guest'", path);
	else if (find(a, name, max, ret, err) == 0)
		return 0;
	else
		vc_wrap(err, "read '%s' of '%s'", name, path);
	err->status = CONVERT_EXIT_GUEST;
	return -1;
}
