/* The nameless file that inflated data goes to. */
#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/layer.h"
#include "vc/log.h"
#include "vc/util.h"

/* Free space is looked at this often, and this much of it is not ours. */
#define CHECK_EVERY (64ull << 20)
#define LEAVE_FREE (64ull << 20)
#define PROGRESS_EVERY (8ull << 20)

void spool_init(struct spool *s, const char *dir)
{
	*s = (struct spool){ .fd = -1, .dir = xstrdup(dir) };
}

void spool_release(struct spool *s)
{
	vc_cleanup_close(&s->fd);
	free(s->dir);
	*s = (struct spool){ .fd = -1 };
}

static int full(const struct spool *s, struct vc_error *err)
{
	vc_fail(err, 0,
		"'%s' is full after %llu MiB of unpacked data: make room there, "
		"or keep the VM's state elsewhere",
		s->dir, (unsigned long long)(s->used >> 20));
	err->errnum = ENOSPC;
	return -1;
}

static int check_space(struct spool *s, struct vc_error *err)
{
	struct statvfs vfs;

	if (s->used - s->checked < CHECK_EVERY)
		return 0;
	s->checked = s->used;
	if (fstatvfs(s->fd, &vfs) == 0 &&
	    (uint64_t)vfs.f_bavail * vfs.f_frsize < CHECK_EVERY + LEAVE_FREE)
		return full(s, err);
	return 0;
}

int spool_write(struct spool *s, const void *data, size_t len,
		struct vc_error *err)
{
	const char *p = data;
	uint64_t before = s->used;

	if (s->fd < 0) {
		s->fd = open_unnamed(s->dir, err);
		if (s->fd < 0)
			return -1;
	}
	while (len) {
		ssize_t n = pwrite(s->fd, p, len, (off_t)s->used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == ENOSPC || errno == EDQUOT))
			return full(s, err);
		if (n < 0)
			return vc_fail(err, errno, "cannot write to '%s'",
				       s->dir);
		p += n;
		s->used += (uint64_t)n;
		len -= (size_t)n;
	}
	if (*s->what && before / PROGRESS_EVERY != s->used / PROGRESS_EVERY)
		progress("%s: %llu MiB", s->what,
			 (unsigned long long)(s->used >> 20));
	return check_space(s, err);
}
