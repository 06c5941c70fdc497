/* The files of the output directory: all of them or none. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert_private.h"
#include "vc/io.h"
#include "vc/util.h"

#define CHUNK (1u << 20)

int outputs_open(struct outputs *o, const char *dir, struct vc_error *err)
{
	struct stat st;

	*o = (struct outputs){ .dirfd = -1, .dir = xstrdup(dir) };
	o->made_dir = stat(dir, &st) < 0;
	if (make_dirs(dir, 0755, err) < 0)
		return -1;
	o->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dirfd < 0)
		return vc_fail(err, errno, "cannot open '%s'", dir);
	return 0;
}

static void output_release(struct outputs *o, struct output *f)
{
	if (f->temp)
		unlinkat(o->dirfd, f->temp, 0);
	vc_cleanup_close(&f->fd);
	free(f->temp);
	free(f->name);
}

void outputs_release(struct outputs *o)
{
	for (size_t i = 0; i < o->n; i++)
		output_release(o, &o->v[i]);
	free(o->v);
	vc_cleanup_close(&o->dirfd);
	/* a directory that was made for nothing */
	if (o->made_dir && o->dir)
		rmdir(o->dir);
	free(o->dir);
	*o = (struct outputs){ .dirfd = -1 };
}

static char *temporary_name(const char *name)
{
	uint64_t r = 0;

	if (getrandom(&r, sizeof(r), 0) < 0)
		r = (uint64_t)getpid();
	return xasprintf(".%s.%016llx", name, (unsigned long long)r);
}

static int open_output(const struct outputs *o, struct output *f,
		       struct vc_error *err)
{
	f->fd = openat(o->dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (f->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR ||
			  errno == ENOENT)) {
		f->temp = temporary_name(f->name);
		f->fd = openat(o->dirfd, f->temp,
			       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	if (f->fd < 0)
		return vc_fail(err, errno, "cannot create '%s/%s'", o->dir,
			       f->name);
	snprintf(f->path, sizeof(f->path), "/proc/%d/fd/%d", (int)getpid(),
		 f->fd);
	return 0;
}

struct output *outputs_add(struct outputs *o, const char *name,
			   struct vc_error *err)
{
	struct output *f;

	o->v = xrealloc(o->v, (o->n + 1) * sizeof(*o->v));
	f = &o->v[o->n++];
	*f = (struct output){ .name = xstrdup(name), .fd = -1 };
	return open_output(o, f, err) < 0 ? NULL : f;
}

int outputs_add_text(struct outputs *o, const char *name, const char *text,
		     struct vc_error *err)
{
	struct output *f = outputs_add(o, name, err);

	if (!f)
		return -1;
	if (write_all(f->fd, text, strlen(text), err) < 0)
		return vc_wrap(err, "cannot write '%s/%s'", o->dir, name);
	return 0;
}

bool outputs_exists(const struct outputs *o, const char *name)
{
	return faccessat(o->dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* linkat() does not replace: what has no name gets a temporary one first. */
static int give_name(const struct outputs *o, struct output *f)
{
	char *temp;

	if (f->temp)
		return 0;
	temp = temporary_name(f->name);
	if (linkat(AT_FDCWD, f->path, o->dirfd, temp, AT_SYMLINK_FOLLOW) < 0) {
		free(temp);
		return -1;
	}
	f->temp = temp;
	return 0;
}

static mode_t published_mode(void)
{
	mode_t mask = umask(022);

	umask(mask);
	return 0666 & ~mask;
}

/* Not synced: a disk image is made again sooner than it is written through,
 * as with qemu-img and mksquashfs. */
static int complete_output(const struct outputs *o, struct output *f,
			   struct vc_error *err)
{
	if (fchmod(f->fd, published_mode()) < 0 || give_name(o, f) < 0)
		return vc_fail(err, errno, "cannot write '%s/%s'", o->dir,
			       f->name);
	return 0;
}

int outputs_publish(struct outputs *o, struct vc_error *err)
{
	for (size_t i = 0; i < o->n; i++)
		if (complete_output(o, &o->v[i], err) < 0)
			return -1;
	for (size_t i = 0; i < o->n; i++) {
		struct output *f = &o->v[i];

		if (renameat(o->dirfd, f->temp, o->dirfd, f->name) < 0)
			return vc_fail(err, errno, "cannot create '%s/%s'",
				       o->dir, f->name);
		free(f->temp);
		f->temp = NULL;
	}
	o->made_dir = false;
	return 0;
}

int output_sha256(const struct output *f, char ret[65], struct vc_error *err)
{
	_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	char hex[HASH_HEX_MAX];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(f->fd, chunk, CHUNK, at)) > 0) {
		hash_update(h, chunk, (size_t)n);
		at += n;
	}
	if (n < 0)
		return vc_fail(err, errno, "cannot read '%s'", f->name);
	hash_finish(h, hex);
	memcpy(ret, hex, 65);
	return 0;
}
