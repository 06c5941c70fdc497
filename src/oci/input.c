/* Opening inputs. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

void input_release(struct input *i)
{
	vc_cleanup_close(&i->fd);
	tar_index_release(&i->index);
	spool_release(&i->spool);
	free(i->label);
	*i = (struct input){ .fd = -1, .spool.fd = -1 };
}

static int open_path(const char *path, int in, struct vc_error *err)
{
	int fd;

	if (!strcmp(path, "-")) {
		if (isatty(in))
			return vc_fail(err, 0, "standard input is a terminal: "
					       "an archive is read from it");
		fd = fcntl(in, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return vc_fail(err, errno, "cannot read standard input");
		return fd;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	return fd;
}

static int unpack(struct input *i, struct byte_source *source,
		  enum compression how, struct vc_error *err)
{
	int r;

	snprintf(i->spool.what, sizeof(i->spool.what), "reading the archive");
	r = inflate_to_spool(source, how, &i->spool, NULL, NULL, &i->archive, err);
	source->free(source);
	return r < 0 ? vc_wrap(err, "'%s'", i->label) : 0;
}

/* A file that can be read anywhere in it. */
static int open_file(struct input *i, uint64_t size, struct vc_error *err)
{
	const struct extent all = { i->fd, 0, size };
	size_t n = size < COMPRESSION_HEAD ? (size_t)size : COMPRESSION_HEAD;
	char head[COMPRESSION_HEAD];
	enum compression how;

	if (extent_read(&all, 0, head, n, err) < 0)
		return vc_wrap(err, "'%s'", i->label);
	how = compression_detect(head, n);
	if (how != COMPRESSION_NONE)
		return unpack(i, extent_source(&all), how, err);
	i->archive = all;
	return 0;
}

static int open_stream(struct input *i, struct vc_error *err)
{
	char head[COMPRESSION_HEAD];
	ssize_t n = read_full(i->fd, head, sizeof(head), err);

	if (n < 0)
		return vc_wrap(err, "'%s'", i->label);
	return unpack(i, stream_source(i->fd, head, (size_t)n),
		      compression_detect(head, (size_t)n), err);
}

static int open_any(struct input *i, struct vc_error *err)
{
	struct stat st;
	int r;

	if (fstat(i->fd, &st) < 0)
		return vc_fail(err, errno, "cannot look at '%s'", i->label);
	if (S_ISDIR(st.st_mode)) {
		i->is_dir = true;
		return 0;
	}
	if (S_ISREG(st.st_mode) && lseek(i->fd, 0, SEEK_CUR) == 0)
		r = open_file(i, (uint64_t)st.st_size, err);
	else
		r = open_stream(i, err);
	if (r == 0 && !i->archive.size)
		return vc_fail(err, 0, "'%s' is empty", i->label);
	return r;
}

int input_open(struct input *i, const char *path, int in,
	       const char *spool_dir, struct vc_error *err)
{
	*i = (struct input){ .fd = open_path(path, in, err), .spool.fd = -1 };
	if (i->fd < 0)
		return -1;
	spool_init(&i->spool, spool_dir);
	i->label = xstrdup(strcmp(path, "-") ? path : "standard input");
	if (open_any(i, err) < 0 || input_find_kind(i, err) < 0) {
		input_release(i);
		return -1;
	}
	return 0;
}
