/* Changes to an image on its way to the disk: files put in and taken out. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert_private.h"
#include "vc/io.h"
#include "vc/util.h"

#define CHUNK (256u << 10)
#define MAX_ID 4294967294u /* the last one that is no "no user" */
#define MAX_KEY (1u << 20)

/* --- places in the tree -------------------------------------------------- */

static struct tree_node *child_dir(struct tree *t, struct tree_node *dir,
				   const char *name, size_t len, int64_t mtime)
{
	struct tree_inode *i;
	struct tree_node *n = tree_find(t, dir, name, len);

	if (n)
		return n;
	i = inode_new(INODE_DIR);
	i->mode = 0755;
	i->mtime = mtime;
	return tree_add(t, dir, name, len, i);
}

/*
 * The directory that `path` is in, made with all above it where it is
 * missing; links on the way are the image's own.  *ret_name is the last
 * component, within path.
 */
static struct tree_node *make_parent(struct tree *t, const char *path,
				     int64_t mtime, const char **ret_name,
				     struct vc_error *err)
{
	_cleanup_free_ char *so_far = xstrdup("");
	struct tree_node *dir = tree_root(t);

	for (;;) {
		const char *name = path + strspn(path, "/");
		size_t len = strcspn(name, "/");
		char *longer;

		if (!name[len] && len && strcmp(name, ".") &&
		    strcmp(name, "..")) {
			*ret_name = name;
			return dir;
		}
		if (!len) {
			vc_fail(err, 0, "no file name at its end");
			return NULL;
		}
		longer = xasprintf("%s/%.*s", so_far, (int)len, name);
		free(so_far);
		so_far = longer;
		path = name + len;
		dir = tree_resolve(t, so_far, true);
		if (!dir && errno == ENOENT) {
			_cleanup_free_ char *up = xstrdup(so_far);

			*strrchr(up, '/') = '\0';
			dir = tree_resolve(t, up, true);
			if (dir && dir->inode->type == INODE_DIR &&
			    !tree_find(t, dir, name, len))
				dir = child_dir(t, dir, name, len, mtime);
			else
				dir = NULL;
		}
		if (!dir || dir->inode->type != INODE_DIR) {
			vc_fail(err, ENOTDIR, "'%s' in the image", so_far);
			return NULL;
		}
	}
}

static void put(struct tree *t, struct tree_node *dir, const char *name,
		struct tree_inode *i)
{
	struct tree_node *old = tree_find(t, dir, name, strlen(name));

	if (old)
		tree_remove(t, old);
	tree_add(t, dir, name, strlen(name), i);
}

/* --- files of the host --------------------------------------------------- */

static int spool_fd(int fd, struct tree_inode *i, struct spool *spool,
		    struct vc_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	uint64_t start = spool->used;
	ssize_t n;

	while ((n = read_full(fd, chunk, CHUNK, err)) > 0)
		if (spool_write(spool, chunk, (size_t)n, err) < 0)
			return -1;
	if (n < 0)
		return -1;
	i->size = spool->used - start;
	inode_add_run(i, &(struct data_run){ 0, i->size, start, spool->fd });
	return 0;
}

static struct tree_inode *inode_of_file(const char *path, struct spool *spool,
					struct vc_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct tree_inode *i;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		vc_fail(err, errno, "cannot open '%s'", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		vc_fail(err, 0, "'%s' is not a regular file", path);
		return NULL;
	}
	i = inode_new(INODE_FILE);
	i->mode = st.st_mode & 0777;
	i->mtime = st.st_mtim.tv_sec;
	if (spool_fd(fd, i, spool, err) == 0)
		return i;
	inode_free(i);
	return NULL;
}

/* --- --copy SRC:DST[:mode[:uid:gid]] --------------------------------------- */

static int parse_octal(const char *s, uint32_t *ret)
{
	uint32_t v = 0;

	if (!*s || strlen(s) > 5 || strspn(s, "01234567") != strlen(s))
		return -1;
	for (; *s; s++)
		v = v * 8 + (uint32_t)(*s - '0');
	if (v > 07777)
		return -1;
	*ret = v;
	return 0;
}

/* Splits at ':', at most 5 parts; a path of the host or the image that has
 * one cannot be said. */
static int split(const char *spec, struct strv *ret)
{
	const char *p = spec;

	for (;;) {
		size_t n = strcspn(p, ":");

		strv_add_take(ret, xstrndup(p, n));
		if (!p[n])
			break;
		p += n + 1;
	}
	return ret->n == 2 || ret->n == 3 || ret->n == 5 ? 0 : -1;
}

static int read_owner(const struct strv *parts, struct tree_inode *i)
{
	uint64_t uid, gid;

	if (parts->n >= 3 && parse_octal(parts->v[2], &i->mode) < 0)
		return -1;
	if (parts->n < 5)
		return 0;
	if (parse_u64(parts->v[3], 0, MAX_ID, &uid) < 0 ||
	    parse_u64(parts->v[4], 0, MAX_ID, &gid) < 0)
		return -1;
	i->uid = (uint32_t)uid;
	i->gid = (uint32_t)gid;
	return 0;
}

static int copy_in(const char *spec, struct tree *t, struct spool *spool,
		   int64_t mtime, struct vc_error *err)
{
	_cleanup_strv_ struct strv parts = STRV_INIT;
	struct tree_node *dir;
	struct tree_inode *i;
	const char *name;

	if (split(spec, &parts) < 0)
		return vc_fail_usage(err, "--copy '%s': it takes "
				     "SRC:DST[:MODE[:UID:GID]]", spec);
	i = inode_of_file(parts.v[0], spool, err);
	if (!i)
		return -1;
	if (read_owner(&parts, i) < 0) {
		inode_free(i);
		return vc_fail_usage(err, "--copy '%s': MODE is octal, UID and "
				     "GID are numbers", spec);
	}
	dir = make_parent(t, parts.v[1], mtime, &name, err);
	if (!dir) {
		inode_free(i);
		return vc_wrap(err, "--copy '%s'", spec);
	}
	put(t, dir, name, i);
	return 0;
}

/* --- the others ------------------------------------------------------------ */

static int remove_path(const char *path, struct tree *t, struct vc_error *err)
{
	struct tree_node *n = tree_resolve(t, path, false);

	if (!n)
		return vc_fail(err, errno, "--delete '%s' in the image", path);
	if (!n->parent)
		return vc_fail_usage(err, "--delete '%s' would leave nothing",
				     path);
	tree_remove(t, n);
	return 0;
}

static int put_text(struct tree *t, const char *path, const char *text,
		    size_t len, uint32_t mode, struct spool *spool,
		    int64_t mtime, struct vc_error *err)
{
	const char *name;
	struct tree_node *dir = make_parent(t, path, mtime, &name, err);
	uint64_t at = spool->used;
	struct tree_inode *i;

	if (!dir || spool_write(spool, text, len, err) < 0)
		return -1;
	i = inode_new(INODE_FILE);
	i->mode = mode;
	i->mtime = mtime;
	i->size = len;
	inode_add_run(i, &(struct data_run){ 0, len, at, spool->fd });
	put(t, dir, name, i);
	return 0;
}

static int put_hostname(const char *name, struct tree *t, struct spool *spool,
			int64_t mtime, struct vc_error *err)
{
	_cleanup_free_ char *line = xasprintf("%s\n", name);
	size_t n = strlen(name);

	if (!n || n > 64 || *name == '-' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789.-") != n)
		return vc_fail_usage(err, "--hostname '%s' is no host name",
				     name);
	return put_text(t, "/etc/hostname", line, strlen(line), 0644, spool,
			mtime, err);
}

static int put_ssh_key(const char *file, struct tree *t, struct spool *spool,
		       int64_t mtime, struct vc_error *err)
{
	_cleanup_buf_ struct buf key = BUF_INIT;
	struct tree_node *dir;

	if (read_file_at(AT_FDCWD, file, MAX_KEY, &key, err) < 0 ||
	    put_text(t, "/root/.ssh/authorized_keys", buf_ptr(&key), key.len,
		     0600, spool, mtime, err) < 0)
		return -1;
	/* sshd wants nobody else to be able to write above it */
	dir = tree_resolve(t, "/root/.ssh", true);
	if (dir)
		dir->inode->mode = 0700;
	return 0;
}

int customise_tree(const struct convert *c, struct tree *t, struct spool *spool,
		   int64_t mtime, struct vc_error *err)
{
	const struct customise *x = &c->customise;

	for (size_t i = 0; x->remove && i < x->remove->n; i++)
		if (remove_path(x->remove->v[i], t, err) < 0)
			return -1;
	for (size_t i = 0; x->copy && i < x->copy->n; i++)
		if (copy_in(x->copy->v[i], t, spool, mtime, err) < 0)
			return -1;
	if (x->hostname && put_hostname(x->hostname, t, spool, mtime, err) < 0)
		return -1;
	if (x->ssh_key && put_ssh_key(x->ssh_key, t, spool, mtime, err) < 0)
		return -1;
	return 0;
}
