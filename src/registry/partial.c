/* Partial files. */
#include "partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

void partial_release(struct partial *p)
{
	if (p->fd >= 0 && p->locked && !p->have)
		unlinkat(p->cache->dirfd, p->path, 0);
	vc_cleanup_close(&p->fd);
	hash_free(p->hash);
	free(p->path);
	*p = (struct partial)PARTIAL_INIT;
}

/* False when it was made a blob, or removed, while we waited for it. */
static bool is_still_there(const struct partial *p)
{
	struct stat ours, named;

	return fstat(p->fd, &ours) == 0 &&
	       fstatat(p->cache->dirfd, p->path, &named,
		       AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int open_locked(struct partial *p, bool wait, struct vc_error *err)
{
	int r;

	for (;;) {
		p->fd = openat(p->cache->dirfd, p->path,
			       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
				       O_NONBLOCK, 0600);
		if (p->fd < 0)
			return vc_fail(err, errno, "cannot create '%s/%s'",
				       p->cache->dir, p->path);
		r = cache_lock(p->fd, LOCK_WRITING, F_WRLCK, wait, err);
		if (r || is_still_there(p))
			return r;
		close(steal_fd(&p->fd));
	}
}

int partial_restart(struct partial *p, struct vc_error *err)
{
	if (ftruncate(p->fd, 0) < 0 || lseek(p->fd, 0, SEEK_SET) < 0)
		return vc_fail(err, errno, "cannot write '%s/%s'",
			       p->cache->dir, p->path);
	hash_free(p->hash);
	p->hash = hash_new(p->digest.kind);
	p->have = 0;
	return 0;
}

/* Leaves the file's position behind what was hashed. */
static int hash_what_is_there(struct partial *p, struct vc_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(1 << 17);
	ssize_t n;

	p->hash = hash_new(p->digest.kind);
	while ((n = read_full(p->fd, chunk, 1 << 17, err)) > 0) {
		p->have += (uint64_t)n;
		if (p->have > p->size) /* not ours, then */
			return partial_restart(p, err);
		hash_update(p->hash, chunk, (size_t)n);
	}
	return (int)n;
}

int partial_open(const struct cache *c, const struct digest *d, uint64_t size,
		 bool wait, struct partial *ret, struct vc_error *err)
{
	_cleanup_partial_ struct partial p = PARTIAL_INIT;
	int r;

	p.cache = c;
	p.digest = *d;
	p.size = size;
	p.path = xasprintf("partial/%s-%s",
			   d->kind == HASH_SHA512 ? "sha512" : "sha256",
			   d->hex);
	r = open_locked(&p, wait, err);
	p.locked = r == 0;
	if (r == 0)
		r = hash_what_is_there(&p, err);
	if (r)
		return r;
	*ret = p;
	p = (struct partial)PARTIAL_INIT;
	return 0;
}

int partial_write(struct partial *p, const void *data, size_t len,
		  struct vc_error *err)
{
	if (len > p->size - p->have) {
		vc_fail(err, 0, "size mismatch (expected %llu bytes, there are "
				"more)", (unsigned long long)p->size);
		err->status = REGISTRY_EXIT_VERIFY;
		return -1;
	}
	if (write_all(p->fd, data, len, err) < 0)
		return vc_wrap(err, "cache '%s'", p->cache->dir);
	hash_update(p->hash, data, len);
	p->have += len;
	return 0;
}

/* Of what is wrong nothing can be told from what is right. */
static int check(struct partial *p, struct vc_error *err)
{
	_cleanup_error_ struct vc_error why = { 0 };

	if (digest_check(&p->digest, p->hash, &why) == 0)
		return 0;
	if (partial_restart(p, err) < 0)
		return -1;
	*err = why;
	why = (struct vc_error){ 0 };
	err->status = REGISTRY_EXIT_VERIFY;
	return -1;
}

/* The rename lasts once its directory is on the disk. */
static int sync_dir(const struct cache *c, const char *file,
		    struct vc_error *err)
{
	_cleanup_free_ char *dir = xstrdup(file);
	_cleanup_close_ int fd = -1;

	*strrchr(dir, '/') = '\0';
	fd = openat(c->dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return vc_fail(err, errno, "cannot write '%s/%s'", c->dir, dir);
	return 0;
}

int partial_commit(struct partial *p, int *ret_fd, struct vc_error *err)
{
	_cleanup_free_ char *to = digest_path(&p->digest);

	if (check(p, err) < 0)
		return -1;
	if (cache_lock(p->fd, LOCK_USING, F_RDLCK, true, err) < 0)
		return -1;
	if (fsync(p->fd) < 0 ||
	    renameat(p->cache->dirfd, p->path, p->cache->dirfd, to) < 0)
		return vc_fail(err, errno, "cannot write '%s/%s'",
			       p->cache->dir, to);
	if (sync_dir(p->cache, to, err) < 0 ||
	    cache_lock(p->fd, LOCK_WRITING, F_UNLCK, true, err) < 0)
		return -1;
	*ret_fd = steal_fd(&p->fd);
	return 0;
}

static const char *number(const char *s, uint64_t *ret)
{
	size_t n = strspn(s, "0123456789");
	_cleanup_free_ char *digits = xstrndup(s, n);

	return parse_u64(digits, 0, UINT64_MAX, ret) == 0 ? s + n : NULL;
}

bool content_range_is(const char *value, uint64_t from, uint64_t size)
{
	uint64_t first, last, all;
	const char *s = value;

	if (!s || strncasecmp(s, "bytes ", 6) != 0)
		return false;
	s = number(s + 6 + strspn(s + 6, " "), &first);
	if (!s || *s != '-')
		return false;
	s = number(s + 1, &last);
	if (!s || *s != '/' || !size || first != from || last != size - 1)
		return false;
	if (str_eq(s + 1, "*"))
		return true;
	s = number(s + 1, &all);
	return s && !*s && all == size;
}
