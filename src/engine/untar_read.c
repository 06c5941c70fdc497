/*
 * libarchive parses.  Names must stay bytes: that holds as long as nobody
 * calls setlocale(), so that the library has no character set to convert to.
 */
#include "engine/untar_read.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/untar_name.h"
#include "layer/tar_open.h"
#include "vc/util.h"

#define HOLE 4096u

struct untar_reader {
	struct tar_open in;
	const struct extent *archive;
	bool absolute;
	bool opened;
	struct untar_member member;
};

struct untar_reader *untar_reader_new(const struct extent *archive, bool absolute)
{
	struct untar_reader *r = xcalloc(1, sizeof(*r));

	r->archive = archive;
	r->absolute = absolute;
	tar_open_init(&r->in, archive);
	return r;
}

static void member_release(struct untar_member *m)
{
	free(m->clean);
	free(m->hard);
	*m = (struct untar_member){ 0 };
}

void untar_reader_free(struct untar_reader *r)
{
	if (!r)
		return;
	tar_open_release(&r->in);
	member_release(&r->member);
	free(r);
}

void untar_reader_cleanup(struct untar_reader **r)
{
	untar_reader_free(*r);
}

static int damaged(struct untar_reader *r, struct vc_error *err)
{
	const char *why = archive_error_string(r->in.a);

	if (tar_open_take_error(&r->in, err))
		return -1;
	return vc_fail(err, 0, "the archive is damaged: %s", why ? why : "bad header");
}

/* Every tar ends with blocks of zeros; a stream that was cut off does not. */
static int check_end(struct untar_reader *r, struct vc_error *err)
{
	static const char zeros[TAR_BLOCK];
	char end[TAR_BLOCK];

	if (r->archive->size < TAR_BLOCK ||
	    extent_read(r->archive, r->archive->size - TAR_BLOCK, end, TAR_BLOCK,
			err) < 0 ||
	    memcmp(end, zeros, TAR_BLOCK)) {
		vc_error_release(err);
		return vc_fail(err, 0, "the archive is truncated");
	}
	return 0;
}

static char member_type(struct archive_entry *e)
{
	if (archive_entry_hardlink(e))
		return '1';
	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
		return '0';
	case AE_IFLNK:
		return '2';
	case AE_IFDIR:
		return '5';
	case AE_IFIFO:
		return '6';
	default:
		return '3';
	}
}

static int refuse_name(const char *what, const char *name, struct vc_error *err)
{
	_cleanup_free_ char *shown = printable(name ? name : "",
					       name ? strlen(name) : 0);

	return vc_fail(err, 0, "%s '%s' in the archive leaves the directory", what, shown);
}

static int fill(struct untar_reader *r, struct archive_entry *e,
		struct vc_error *err)
{
	struct untar_member *m = &r->member;

	member_release(m);
	m->name = archive_entry_pathname(e);
	m->clean = m->name ? untar_clean(m->name, r->absolute) : NULL;
	if (!m->clean)
		return refuse_name("the name", m->name, err);
	m->type = member_type(e);
	m->link = archive_entry_symlink(e);
	m->mode = archive_entry_perm(e) & 07777;
	m->size = (off_t)archive_entry_size(e);
	m->uid = (uid_t)archive_entry_uid(e);
	m->gid = (gid_t)archive_entry_gid(e);
	m->mtime = (struct timespec){ archive_entry_mtime(e),
				      archive_entry_mtime_nsec(e) };
	if (m->type == '1') {
		m->hard = untar_clean(archive_entry_hardlink(e), r->absolute);
		if (!m->hard || !*m->hard)
			return refuse_name("the link target",
					   archive_entry_hardlink(e), err);
	}
	if (m->type == '2' && (!m->link || !*m->link))
		return vc_fail(err, 0, "'%s' is a link to nothing", m->clean);
	return 0;
}

int untar_next(struct untar_reader *r, const struct untar_member **ret,
	       struct vc_error *err)
{
	struct archive_entry *e;
	int x;

	if (!r->opened && archive_read_open1(r->in.a) != ARCHIVE_OK)
		return damaged(r, err);
	r->opened = true;
	x = archive_read_next_header(r->in.a, &e);
	if (x == ARCHIVE_EOF)
		return check_end(r, err);
	/* a warning is about character sets: see above */
	if (x != ARCHIVE_OK && x != ARCHIVE_WARN)
		return damaged(r, err);
	if (fill(r, e, err) < 0)
		return -1;
	*ret = &r->member;
	return 1;
}

static int write_at(int fd, const char *p, size_t len, off_t at,
		    struct vc_error *err)
{
	while (len) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vc_fail(err, errno, "cannot write");
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Pieces between holes; a piece ends where the file's blocks do. */
static int write_block(int fd, const char *p, size_t len, off_t at,
		       struct vc_error *err)
{
	static const char zeros[HOLE];

	while (len) {
		size_t n = HOLE - ((size_t)at & (HOLE - 1));

		if (n > len)
			n = len;
		if (memcmp(p, zeros, n)) {
			/* as many as are not zeros in one write */
			while (n + HOLE <= len && memcmp(p + n, zeros, HOLE))
				n += HOLE;
			if (write_at(fd, p, n, at, err) < 0)
				return -1;
		}
		p += n;
		at += (off_t)n;
		len -= n;
	}
	return 0;
}

int untar_content(struct untar_reader *r, int fd, struct vc_error *err)
{
	const void *block;
	la_int64_t at;
	size_t len;
	int x;

	while ((x = archive_read_data_block(r->in.a, &block, &len, &at)) == ARCHIVE_OK)
		if (write_block(fd, block, len, (off_t)at, err) < 0)
			return -1;
	if (x != ARCHIVE_EOF)
		return damaged(r, err);
	/* there may be a hole at the end */
	if (ftruncate(fd, r->member.size) < 0)
		return vc_fail(err, errno, "cannot write");
	return 0;
}
