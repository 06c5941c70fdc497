/* What names stood for when they were last asked for: for '--offline'. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "oci/json.h"
#include "vc/io.h"
#include "vc/util.h"

#define MAX_RECORD 65536

void cached_name_release(struct cached_name *n)
{
	free(n->media_type);
	n->media_type = NULL;
}

static char *path_of(const char *name)
{
	struct digest d;

	digest_of_bytes(name, strlen(name), &d);
	return xasprintf("names/%s", d.hex);
}

static void add_text(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

int cache_remember(const struct cache *c, const char *name,
		   const struct cached_name *n, struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *digest = digest_text(&n->digest);
	_cleanup_free_ char *path = path_of(name);
	const char *text;

	add_text(o, "name", name);
	add_text(o, "mediaType", n->media_type);
	add_text(o, "digest", digest);
	json_object_object_add(o, "size",
			       json_object_new_int64((int64_t)n->size));
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	if (write_file_at(c->dirfd, path, 0600, text, strlen(text), err) < 0)
		return vc_wrap(err, "cache '%s'", c->dir);
	return 0;
}

/* name NULL: of whatever name it is. */
static int parse(const struct buf *b, const char *name, struct cached_name *n,
		 struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = jdoc_parse(buf_ptr(b), b->len,
							  err);
	const char *said, *type, *digest;

	if (!o || jdoc_text(o, "name", &said, err) < 0 ||
	    jdoc_text(o, "mediaType", &type, err) < 0 ||
	    jdoc_text(o, "digest", &digest, err) < 0 ||
	    jdoc_size(o, "size", &n->size, err) < 0)
		return -1;
	if (!said || !type || !digest || (name && strcmp(said, name)))
		return vc_fail(err, 0, "not a record of this name");
	if (digest_parse(digest, &n->digest, err) < 0)
		return -1;
	n->media_type = xstrdup(type);
	return 0;
}

int cache_recall(const struct cache *c, const char *name,
		 struct cached_name *ret, struct vc_error *err)
{
	_cleanup_free_ char *path = path_of(name);
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (read_file_at(c->dirfd, path, MAX_RECORD, &b, err) < 0) {
		if (err->errnum != ENOENT)
			return -1;
		vc_error_release(err);
		return 0;
	}
	if (parse(&b, name, ret, err) < 0)
		return vc_wrap(err, "'%s/%s'", c->dir, path);
	return 1;
}

/* A record that cannot be read is of no use either. */
static bool is_stale(const struct cache *c, int dirfd, const char *file)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *path = NULL;
	struct cached_name n = { 0 };

	if (read_file_at(dirfd, file, MAX_RECORD, &b, &ignored) < 0)
		return ignored.errnum != ENOENT;
	if (parse(&b, NULL, &n, &ignored) < 0)
		return true;
	cached_name_release(&n);
	path = digest_path(&n.digest);
	return faccessat(c->dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

int cache_forget(const struct cache *c, struct vc_error *err)
{
	int fd = openat(c->dirfd, "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		vc_fail(err, errno, "cannot list '%s/names'", c->dir);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((e = readdir(d)))
		if (strlen(e->d_name) == 64 && is_stale(c, fd, e->d_name))
			unlinkat(fd, e->d_name, 0);
	closedir(d);
	return 0;
}
