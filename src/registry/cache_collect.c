/* Looking through the cache and making room in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "vc/util.h"

#define PARTIAL_SECONDS (7 * 24 * 3600) /* nobody comes back for it then */

struct file {
	char *path;    /* owned: below the cache's directory */
	char *digest;  /* owned: "sha256:..."; NULL: a partial file */
	uint64_t size;
	int64_t used_at;
};

struct files {
	struct file *v;
	size_t n, cap;
};

static void files_release(struct files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].path);
		free(f->v[i].digest);
	}
	free(f->v);
}

static void add(struct files *f, const char *dir, const char *name, int dirfd)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	bool partial = str_eq(dir, "partial");
	_cleanup_free_ char *digest = NULL;
	struct digest d;
	struct stat st;

	if (!partial) {
		digest = xasprintf("%s:%s", dir + strlen("blobs/"), name);
		if (digest_parse(digest, &d, &ignored) < 0)
			return;
	}
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode))
		return; /* gone meanwhile, or not ours */
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->v = xrealloc(f->v, f->cap * sizeof(*f->v));
	}
	f->v[f->n++] = (struct file){
		.path = xasprintf("%s/%s", dir, name),
		.digest = steal_ptr(digest),
		.size = (uint64_t)st.st_size,
		.used_at = st.st_mtim.tv_sec,
	};
}

static int list_dir(const struct cache *c, const char *dir, struct files *f,
		    struct vc_error *err)
{
	int fd = openat(c->dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		vc_fail(err, errno, "cannot list '%s/%s'", c->dir, dir);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			add(f, dir, e->d_name, fd);
	closedir(d);
	return 0;
}

static int by_use(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->used_at != y->used_at)
		return x->used_at < y->used_at ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int list_blobs(const struct cache *c, struct files *f,
		      struct vc_error *err)
{
	if (list_dir(c, "blobs/sha256", f, err) < 0 ||
	    list_dir(c, "blobs/sha512", f, err) < 0)
		return -1;
	if (f->n)
		qsort(f->v, f->n, sizeof(*f->v), by_use);
	return 0;
}

/* 1: it is gone; 0: somebody uses it. */
static int remove_unused(const struct cache *c, const char *path,
			 struct vc_error *err)
{
	_cleanup_close_ int fd = openat(c->dirfd, path,
					O_RDWR | O_NOFOLLOW | O_CLOEXEC |
						O_NONBLOCK);
	int r;

	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s/%s'", c->dir, path);
	r = cache_lock(fd, LOCK_BOTH, F_WRLCK, false, err);
	if (r)
		return r < 0 ? -1 : 0;
	if (unlinkat(c->dirfd, path, 0) < 0 && errno != ENOENT)
		return vc_fail(err, errno, "cannot remove '%s/%s'", c->dir,
			       path);
	return 1;
}

int cache_collect(const struct cache *c, uint64_t max, uint64_t *ret_freed,
		  struct vc_error *err)
{
	struct files f = { 0 };
	uint64_t total = 0, freed = 0;
	int r;

	r = list_blobs(c, &f, err);
	if (r == 0)
		r = list_dir(c, "partial", &f, err);
	if (r == 0 && f.n)
		qsort(f.v, f.n, sizeof(*f.v), by_use);
	for (size_t i = 0; i < f.n; i++)
		total += f.v[i].size;
	for (size_t i = 0; i < f.n && r >= 0; i++) {
		bool old = !f.v[i].digest &&
			   f.v[i].used_at < time(NULL) - PARTIAL_SECONDS;

		if (total <= max && !old)
			continue;
		r = remove_unused(c, f.v[i].path, err);
		if (r > 0) {
			total -= f.v[i].size;
			freed += f.v[i].size;
		}
	}
	files_release(&f);
	if (r < 0 || cache_forget(c, err) < 0)
		return -1;
	*ret_freed = freed;
	return 0;
}

/* --- what the header promises to everybody ------------------------------- */

int registry_cache_list(const char *cache_dir, struct cache_entry **ret,
			size_t *ret_n, struct vc_error *err)
{
	_cleanup_cache_ struct cache c = CACHE_INIT;
	struct cache_entry *e;
	struct files f = { 0 };

	if (cache_open(cache_dir, &c, err) < 0)
		return -1;
	if (list_blobs(&c, &f, err) < 0) {
		files_release(&f);
		return -1;
	}
	e = xcalloc(f.n, sizeof(*e));
	for (size_t i = 0; i < f.n; i++) {
		e[i].digest = steal_ptr(f.v[i].digest);
		e[i].size = f.v[i].size;
		e[i].used_at = f.v[i].used_at;
	}
	*ret = e;
	*ret_n = f.n;
	files_release(&f);
	return 0;
}

void cache_entries_free(struct cache_entry *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(e[i].digest);
	free(e);
}

int registry_cache_collect(const char *cache_dir, uint64_t max,
			   uint64_t *ret_freed, struct vc_error *err)
{
	_cleanup_cache_ struct cache c = CACHE_INIT;

	if (cache_open(cache_dir, &c, err) < 0)
		return -1;
	return cache_collect(&c, max, ret_freed, err);
}

int registry_cache_remove(const char *cache_dir, const char *digest,
			  struct vc_error *err)
{
	_cleanup_cache_ struct cache c = CACHE_INIT;
	_cleanup_free_ char *path = NULL;
	struct digest d;
	int r;

	if (digest_parse(digest, &d, err) < 0 ||
	    cache_open(cache_dir, &c, err) < 0)
		return -1;
	path = digest_path(&d);
	if (faccessat(c.dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return vc_fail(err, errno, "'%s' in the cache '%s'", digest,
			       c.dir);
	r = remove_unused(&c, path, err);
	if (r == 0)
		return vc_fail(err, 0, "'%s' is in use", digest);
	return r < 0 ? -1 : 0;
}
