/*
 * Reading the headers of a tar: libarchive parses them (ustar, PAX, GNU), and
 * its count of consumed bytes is where a member's data begins.  That is checked
 * against the data it returns, so that another version of the library which
 * counts otherwise is an error and not a wrong blob.
 */
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "layer/tar_open.h"
#include "tar_index.h"
#include "vc/util.h"

#define MAX_MEMBERS 16384
#define MAX_NAME 255
#define MAX_SLASHES 4

struct scan {
	struct tar_index *t;
	const struct extent *archive;
	struct tar_open in;
	uint64_t end; /* of the last member with its padding */
};

static bool can_matter(const char *name)
{
	size_t slashes = 0;

	for (const char *p = name; *p; p++)
		slashes += *p == '/';
	return slashes <= MAX_SLASHES && strlen(name) <= MAX_NAME;
}

static struct tar_member *add(struct tar_index *t, char *name)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->v = xrealloc(t->v, t->cap * sizeof(*t->v));
	}
	t->v[t->n] = (struct tar_member){ .name = name, .seq = t->n };
	return &t->v[t->n++];
}

/* Hard links name a member, symbolic links start at their own directory. */
static char *link_target(struct archive_entry *e, const char *name)
{
	const char *hard = archive_entry_hardlink(e);
	const char *soft = archive_entry_symlink(e);
	const char *slash = strrchr(name, '/');
	_cleanup_free_ char *path = NULL;

	if (hard)
		return tar_name_normalise(hard);
	if (!soft || *soft == '/')
		return NULL;
	path = slash ? xasprintf("%.*s/%s", (int)(slash - name), name, soft) :
		       xstrdup(soft);
	return tar_name_normalise(path);
}

/* The member's first bytes are at `at`: see the head of this file. */
static int check_place(struct scan *s, struct archive *a, uint64_t at,
		       uint64_t size, char *head, size_t *ret_len,
		       struct vc_error *err)
{
	size_t want = size < TAR_BLOCK ? (size_t)size : TAR_BLOCK;
	char there[TAR_BLOCK];
	la_ssize_t n = archive_read_data(a, head, want);

	if (n != (la_ssize_t)want || at > s->archive->size ||
	    size > s->archive->size - at)
		return vc_fail(err, 0, "it is truncated");
	if (extent_read(s->archive, at, there, want, err) < 0)
		return -1;
	if (memcmp(head, there, want))
		return vc_fail(err, 0, "cannot tell where its members are");
	*ret_len = want;
	return 0;
}

static void look_at_elf(struct tar_index *t, const char *name, unsigned mode,
			const char *head, size_t len)
{
	int rank = elf_rank(name, mode);
	const char *arch;

	if (rank <= t->elf_rank)
		return;
	arch = elf_arch(head, len);
	if (!arch)
		return;
	t->elf_arch = arch;
	t->elf_rank = rank;
}

static int scan_file(struct scan *s, struct archive *a, struct archive_entry *e,
		     struct tar_member *m, const char *name,
		     struct vc_error *err)
{
	uint64_t size = (uint64_t)archive_entry_size(e);
	uint64_t at = (uint64_t)archive_filter_bytes(a, 0);
	bool sparse = archive_entry_sparse_count(e) > 0;
	unsigned mode = archive_entry_perm(e);
	char head[TAR_BLOCK];
	size_t len = 0;

	if (m) {
		m->at = (struct extent){ s->archive->fd,
					 s->archive->offset + at, size };
		m->sparse = sparse;
	}
	if (sparse)
		return 0;
	s->end = at + size + tar_padding(size);
	if (!m && elf_rank(name, mode) <= s->t->elf_rank)
		return 0;
	if (check_place(s, a, at, size, head, &len, err) < 0)
		return -1;
	look_at_elf(s->t, name, mode, head, len);
	return 0;
}

static int scan_entry(struct scan *s, struct archive *a,
		      struct archive_entry *e, struct vc_error *err)
{
	const char *raw = archive_entry_pathname(e);
	_cleanup_free_ char *name = raw ? tar_name_normalise(raw) : NULL;
	bool is_link = archive_entry_hardlink(e) || archive_entry_symlink(e);
	struct tar_member *m = NULL;

	s->end = (uint64_t)archive_filter_bytes(a, 0);
	if (!is_link && archive_entry_filetype(e) != AE_IFREG)
		return 0;
	if (name && can_matter(name)) {
		if (s->t->n < MAX_MEMBERS)
			m = add(s->t, xstrdup(name));
		else
			s->t->overflow = true;
	}
	if (!is_link)
		return scan_file(s, a, e, m, name ? name : "", err);
	if (m) {
		m->link = link_target(e, name);
		if (!m->link)
			m->link = xstrdup(""); /* leads nowhere */
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct tar_member *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int fail_scan(struct scan *s, struct archive *a, bool first,
		     struct vc_error *err)
{
	const char *why = archive_error_string(a);

	if (tar_open_take_error(&s->in, err))
		return -1;
	if (first && (!why || str_starts(why, "Unrecognized")))
		return vc_fail(err, 0, "it is not a tar archive");
	return vc_fail(err, 0, "it is truncated or damaged at byte %llu: %s",
		       (unsigned long long)archive_filter_bytes(a, 0),
		       why ? why : "bad header");
}

static int scan_all(struct scan *s, struct archive *a, struct vc_error *err)
{
	struct archive_entry *e;
	bool first = true;
	int r;

	if (archive_read_open1(a) != ARCHIVE_OK)
		return fail_scan(s, a, true, err);
	while ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK ||
	       r == ARCHIVE_WARN) {
		first = false;
		if (scan_entry(s, a, e, err) < 0)
			return -1;
	}
	if (r != ARCHIVE_EOF)
		return fail_scan(s, a, first, err);
	s->t->unended = s->end + TAR_BLOCK > s->archive->size;
	return 0;
}

int tar_index_read(struct tar_index *t, const struct extent *archive,
		   struct vc_error *err)
{
	struct scan s = { .t = t, .archive = archive };
	int r;

	tar_open_init(&s.in, archive);
	r = scan_all(&s, s.in.a, err);
	tar_open_release(&s.in);
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), by_name);
	return r;
}
