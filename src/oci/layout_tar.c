/* A layout directory as an OCI archive. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "vc/layout_writer.h"
#include "vc/strv.h"
#include "vc/util.h"

struct layout_tar {
	struct byte_source source;
	int dirfd;         /* borrowed */
	struct strv names; /* directories with their '/' */
	size_t next;
	struct buf pending; /* headers and padding */
	int fd;             /* the file being read, or -1 */
	uint64_t size, left;
	bool ended;
};

static int open_member(struct layout_tar *t, const char *name,
		       struct vc_error *err)
{
	struct stat st;

	t->fd = open_beneath(t->dirfd, name, O_RDONLY | O_NONBLOCK);
	if (t->fd < 0 || fstat(t->fd, &st) < 0)
		return vc_fail(err, errno, "cannot open '%s'", name);
	if (!S_ISREG(st.st_mode))
		return vc_fail(err, 0, "'%s' is not a regular file", name);
	t->size = t->left = (uint64_t)st.st_size;
	return 0;
}

static int begin_member(struct layout_tar *t, struct vc_error *err)
{
	const char *name = t->names.v[t->next++];
	bool dir = str_ends(name, "/");
	struct tar_entry e = {
		.name = name,
		.type = dir ? '5' : '0',
		.mode = dir ? 0755 : 0644,
	};

	if (!dir && open_member(t, name, err) < 0)
		return -1;
	if (!dir)
		e.size = t->size;
	tar_put_header(&t->pending, &e);
	return 0;
}

static ssize_t read_member(struct layout_tar *t, void *data, size_t len,
			   struct vc_error *err)
{
	ssize_t n;

	if (len > t->left)
		len = (size_t)t->left;
	do
		n = read(t->fd, data, len);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return vc_fail(err, n < 0 ? errno : 0, "cannot read '%s'%s",
			       t->names.v[t->next - 1],
			       n < 0 ? "" : ": it became shorter");
	t->left -= (uint64_t)n;
	return n;
}

static ssize_t layout_tar_read(struct byte_source *s, void *data, size_t len,
			       struct vc_error *err)
{
	struct layout_tar *t = (struct layout_tar *)s;

	for (;;) {
		if (t->pending.len) {
			if (len > t->pending.len)
				len = t->pending.len;
			memcpy(data, buf_ptr(&t->pending), len);
			buf_consume(&t->pending, len);
			return (ssize_t)len;
		}
		if (t->fd >= 0 && t->left)
			return read_member(t, data, len, err);
		if (t->fd >= 0) {
			vc_cleanup_close(&t->fd);
			t->fd = -1;
			tar_put_zeros(&t->pending, tar_padding(t->size));
		} else if (t->next < t->names.n) {
			if (begin_member(t, err) < 0)
				return -1;
		} else if (!t->ended) {
			t->ended = true;
			tar_put_zeros(&t->pending, 2 * TAR_BLOCK);
		} else {
			return 0;
		}
	}
}

static void layout_tar_free(struct byte_source *s)
{
	struct layout_tar *t = (struct layout_tar *)s;

	vc_cleanup_close(&t->fd);
	buf_release(&t->pending);
	strv_release(&t->names);
	free(t);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Only what is called by a digest: nothing that was left behind half written,
 * and no name that is not ours. */
static bool is_blob(const char *algorithm, const char *name)
{
	_cleanup_free_ char *text = xasprintf("%s:%s", algorithm, name);
	_cleanup_error_ struct vc_error ignored = { 0 };
	struct digest d;

	return digest_parse(text, &d, &ignored) == 0;
}

static int list_blobs(struct layout_tar *t, const char *algorithm,
		      struct vc_error *err)
{
	_cleanup_free_ char *path = xasprintf("blobs/%s", algorithm);
	int fd = open_beneath(t->dirfd, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	size_t first;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (!dir) {
		vc_fail(err, errno, "cannot list '%s'", path);
		vc_cleanup_close(&fd);
		return -1;
	}
	strv_addf(&t->names, "%s/", path);
	first = t->names.n;
	while ((e = readdir(dir)))
		if (is_blob(algorithm, e->d_name))
			strv_addf(&t->names, "%s/%s", path, e->d_name);
	closedir(dir);
	if (t->names.n > first)
		qsort(t->names.v + first, t->names.n - first,
		      sizeof(*t->names.v), by_text);
	return 0;
}

int layout_tar_source(int dirfd, struct byte_source **ret, struct vc_error *err)
{
	struct layout_tar *t = xcalloc(1, sizeof(*t));

	t->source.read = layout_tar_read;
	t->source.free = layout_tar_free;
	t->dirfd = dirfd;
	t->fd = -1;
	strv_add(&t->names, "oci-layout");
	strv_add(&t->names, "index.json");
	strv_add(&t->names, "blobs/");
	if (list_blobs(t, "sha256", err) < 0 || list_blobs(t, "sha512", err) < 0) {
		layout_tar_free(&t->source);
		return -1;
	}
	*ret = &t->source;
	return 0;
}
