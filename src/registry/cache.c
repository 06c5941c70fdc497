/* The cache: its directories, and blobs in and out of it. */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "partial.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"

char *cache_default_dir(struct vc_error *err)
{
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	_cleanup_free_ char *base = NULL;
	const struct passwd *pw;

	if (xdg && *xdg == '/')
		return path_join(xdg, "vcontainer/blobs");
	if (!home || !*home) {
		pw = getpwuid(getuid());
		home = pw ? pw->pw_dir : NULL;
	}
	if (!home || *home != '/') {
		vc_fail(err, 0, "no home directory is known for the cache: set "
				"HOME or XDG_CACHE_HOME, or use '--cache-dir'");
		return NULL;
	}
	base = path_join(home, ".cache");
	return path_join(base, "vcontainer/blobs");
}

/* What others can write they can exchange after it was checked. */
static int check_private(const struct cache *c, struct vc_error *err)
{
	struct stat st;

	if (fstat(c->dirfd, &st) < 0)
		return vc_fail(err, errno, "cannot look at '%s'", c->dir);
	if (st.st_uid != geteuid() && geteuid() != 0)
		return vc_fail(err, 0, "the cache '%s' belongs to another user: "
				       "use '--cache-dir'", c->dir);
	if (st.st_mode & 022)
		return vc_fail(err, 0, "others may write to the cache '%s': "
				       "'chmod go-w' it, or use '--cache-dir'",
			       c->dir);
	return 0;
}

static int make_inside(const struct cache *c, struct vc_error *err)
{
	static const char *const dirs[] = {
		"blobs", "blobs/sha256", "blobs/sha512", "partial", "names",
	};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(c->dirfd, dirs[i], 0700) < 0 && errno != EEXIST)
			return vc_fail(err, errno, "cannot create '%s/%s'",
				       c->dir, dirs[i]);
	return 0;
}

int cache_open(const char *dir, struct cache *ret, struct vc_error *err)
{
	_cleanup_cache_ struct cache c = CACHE_INIT;

	c.dir = dir ? xstrdup(dir) : cache_default_dir(err);
	if (!c.dir || make_dirs(c.dir, 0700, err) < 0)
		return -1;
	c.dirfd = open(c.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.dirfd < 0)
		return vc_fail(err, errno, "cannot open the cache '%s'", c.dir);
	if (check_private(&c, err) < 0 || make_inside(&c, err) < 0)
		return -1;
	*ret = c;
	c = (struct cache)CACHE_INIT;
	return 0;
}

void cache_release(struct cache *c)
{
	vc_cleanup_close(&c->dirfd);
	free(c->dir);
	*c = (struct cache)CACHE_INIT;
}

int cache_lock(int fd, enum cache_lock which, short type, bool wait,
	       struct vc_error *err)
{
	struct flock l = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = which == LOCK_USING,
		.l_len = which == LOCK_BOTH ? 2 : 1,
	};

	for (;;) {
		if (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &l) == 0)
			return 0;
		if (errno == EAGAIN || errno == EACCES)
			return 1;
		if (errno != EINTR)
			return vc_fail(err, errno, "cannot lock a file of the "
						   "cache");
	}
}

/* 1: it is what its name says; 0: it is not. */
static int check_blob(const char *path, int fd, const struct digest *d,
		      uint64_t size, struct vc_error *err)
{
	_cleanup_error_ struct vc_error why = { 0 };
	struct extent all = { .fd = fd };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return vc_fail(err, errno, "cannot look at '%s'", path);
	all.size = (uint64_t)st.st_size;
	if (!S_ISREG(st.st_mode) ||
	    (size != CACHE_ANY_SIZE && all.size != size))
		vc_fail(&why, 0, "it has another size");
	else if (digest_check_extent(d, &all, &why) == 0)
		return 1;
	log_note("the cache's '%s' is corrupt and is dropped: %s", path,
		 why.msg);
	return 0;
}

int cache_find(const struct cache *c, const struct digest *d, uint64_t size,
	       int *ret_fd, struct vc_error *err)
{
	static const struct timespec now[2] = { { .tv_nsec = UTIME_NOW },
						{ .tv_nsec = UTIME_NOW } };
	_cleanup_free_ char *path = digest_path(d);
	_cleanup_close_ int fd = openat(c->dirfd, path,
					O_RDWR | O_NOFOLLOW | O_CLOEXEC |
						O_NONBLOCK);
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s/%s'", c->dir, path);
	if (cache_lock(fd, LOCK_USING, F_RDLCK, true, err) < 0)
		return -1;
	r = check_blob(path, fd, d, size, err);
	if (r == 0 && unlinkat(c->dirfd, path, 0) < 0 && errno != ENOENT)
		return vc_fail(err, errno, "cannot remove '%s/%s'", c->dir,
			       path);
	if (r <= 0)
		return r;
	futimens(fd, now); /* for those who look for what is unused */
	*ret_fd = steal_fd(&fd);
	return 1;
}

int cache_put(const struct cache *c, const struct digest *d, const void *data,
	      size_t len, int *ret_fd, struct vc_error *err)
{
	_cleanup_partial_ struct partial p = PARTIAL_INIT;

	if (partial_open(c, d, len, true, &p, err) < 0 ||
	    partial_restart(&p, err) < 0 ||
	    partial_write(&p, data, len, err) < 0)
		return -1;
	return partial_commit(&p, ret_fd, err);
}
