/*
 * Layers and trees as text.
 *
 * A layer is a line an entry, "TYPE NAME [KEY=VALUE]...": f file, d directory,
 * s symbolic link, h hard link, c and b devices, p FIFO; keys mode, own (U:G),
 * to, data, dev (M:N), mtime, x:NAME (an extended attribute).
 * A tree is a line a node, "TYPE NAME [-> TARGET] ['DATA'] ..." with what is
 * not as by default: mode 755, 644 or 777, owner 0:0, mtime 1, one name.
 */
#ifndef LAYER_FIXTURE_H
#define LAYER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vc/buf.h"
#include "vc/io.h"
#include "vc/layer.h"
#include "vc/tree.h"
#include "vc/util.h"

#define UNUSED __attribute__((unused))

/* --- tars from text ------------------------------------------------------- */

static char lf_tar_type(char c)
{
	switch (c) {
	case 'f':
		return '0';
	case 'h':
		return '1';
	case 's':
		return '2';
	case 'c':
		return '3';
	case 'b':
		return '4';
	case 'd':
		return '5';
	case 'p':
		return '6';
	default:
		fail_msg("no type '%c'", c);
		return 0;
	}
}

static void lf_key(struct tar_entry *e, struct buf *records, char *key,
		   const char **data)
{
	char *value = strchr(key, '=');
	unsigned a = 0, b = 0;

	assert_non_null(value);
	*value++ = '\0';
	if (!strcmp(key, "mode")) {
		e->mode = (uint32_t)strtoul(value, NULL, 8);
	} else if (!strcmp(key, "own")) {
		assert_int_equal(sscanf(value, "%u:%u", &a, &b), 2);
		e->uid = a;
		e->gid = b;
	} else if (!strcmp(key, "dev")) {
		assert_int_equal(sscanf(value, "%u:%u", &a, &b), 2);
		e->dev_major = a;
		e->dev_minor = b;
	} else if (!strcmp(key, "to")) {
		e->link = value;
	} else if (!strcmp(key, "data")) {
		*data = value;
	} else if (!strcmp(key, "mtime")) {
		e->mtime = strtoll(value, NULL, 10);
	} else if (str_starts(key, "x:")) {
		char record[300];

		snprintf(record, sizeof(record), "SCHILY.xattr.%s", key + 2);
		tar_put_record(records, record, value, strlen(value));
	} else {
		fail_msg("no key '%s'", key);
	}
}

static void lf_line(struct buf *tar, char *line)
{
	_cleanup_buf_ struct buf records = BUF_INIT;
	const char *data = "";
	struct tar_entry e = { .mtime = 1, .records = &records };
	char *save = NULL, *word = strtok_r(line, " ", &save);

	e.type = lf_tar_type(*word);
	e.mode = *word == 'd' ? 0755 : *word == 's' ? 0777 : 0644;
	e.name = strtok_r(NULL, " ", &save);
	if (!e.name || str_eq(e.name, "''"))
		e.name = "";
	while ((word = strtok_r(NULL, " ", &save)))
		lf_key(&e, &records, word, &data);
	e.size = strlen(data);
	tar_put_header(tar, &e);
	buf_add(tar, data, e.size);
	tar_put_zeros(tar, tar_padding(e.size));
}

static UNUSED void lf_end(struct buf *tar)
{
	tar_put_zeros(tar, 2 * TAR_BLOCK);
}

/* Without the end. */
static UNUSED void lf_tar(struct buf *tar, const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		lf_line(tar, line);
}

/* --- reading ---------------------------------------------------------------- */

/* A source that gives at most `most` bytes at a time. */
struct lf_source {
	struct byte_source source;
	const struct buf *b;
	size_t at, most;
	size_t fail_at; /* 0: never */
};

static ssize_t lf_source_read(struct byte_source *s, void *data, size_t len,
			      struct vc_error *err)
{
	struct lf_source *x = (struct lf_source *)s;

	if (x->fail_at && x->at >= x->fail_at)
		return vc_fail(err, EIO, "cannot read");
	if (len > x->most)
		len = x->most;
	if (len > x->b->len - x->at)
		len = x->b->len - x->at;
	if (len)
		memcpy(data, buf_ptr(x->b) + x->at, len);
	x->at += len;
	return (ssize_t)len;
}

static UNUSED struct lf_source lf_source(const struct buf *b)
{
	return (struct lf_source){ .source = { .read = lf_source_read },
				   .b = b, .most = SIZE_MAX };
}

/* --- trees as text ------------------------------------------------------------ */

static void lf_put_data(struct buf *out, const struct tree_inode *i)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *data = xmalloc(i->size + 1);

	if (inode_read(i, 0, data, i->size, &err) < 0)
		fail_msg("%s", err.msg);
	buf_add_str(out, " '");
	buf_add(out, data, i->size);
	buf_add_str(out, "'");
}

/* Text as it is, other values by their length. */
static void lf_put_xattr(struct buf *out, const struct xattr *x)
{
	if (memchr(x->value, 0, x->len))
		buf_printf(out, " %s=<%zu>", x->name, x->len);
	else
		buf_printf(out, " %s=%.*s", x->name, (int)x->len,
			   (char *)x->value);
}

static void lf_put_node(struct buf *out, const struct tree_node *n)
{
	static const char types[] = "dfscbp?";
	static const unsigned modes[] = { 0755, 0644, 0777, 0644, 0644, 0644 };
	_cleanup_free_ char *path = tree_path(n);
	const struct tree_inode *i = n->inode;

	buf_printf(out, "%c %s", types[i->type], *path ? path : "/");
	if (i->type == INODE_SYMLINK)
		buf_printf(out, " -> %s", i->target);
	if (i->type == INODE_CHAR || i->type == INODE_BLOCK)
		buf_printf(out, " %u:%u", i->dev_major, i->dev_minor);
	if (i->type == INODE_FILE && i->size && i->size < 100)
		lf_put_data(out, i);
	else if (i->type == INODE_FILE && i->size)
		buf_printf(out, " size=%llu", (unsigned long long)i->size);
	if (i->mode != modes[i->type])
		buf_printf(out, " %o", i->mode);
	if (i->uid || i->gid)
		buf_printf(out, " %u:%u", i->uid, i->gid);
	if (i->mtime != 1 && n->parent)
		buf_printf(out, " @%lld", (long long)i->mtime);
	if (i->mtime_ns)
		buf_printf(out, ".%09u", i->mtime_ns);
	if (i->links != 1)
		buf_printf(out, " links=%u", i->links);
	for (uint32_t x = 0; x < i->n_xattrs; x++)
		lf_put_xattr(out, &i->xattrs[x]);
	buf_add_str(out, "\n");
}

/* Finishes the tree.  The root is left out when it is as tree_new() makes it. */
static UNUSED char *lf_listing(struct tree *t)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	tree_finish(t);
	for (const struct tree_node *n = tree_root(t); n; n = tree_next(n))
		if (n->parent || n->inode->mode != 0755 || n->inode->uid)
			lf_put_node(&out, n);
	return buf_steal(&out);
}

/* --- layers ----------------------------------------------------------------- */

static UNUSED int lf_read(const struct buf *tar, const struct layer_limits *limits,
		   struct spool *spool, struct layer_entries **ret,
		   struct vc_error *err)
{
	static const struct layer_limits none;
	struct lf_source s = lf_source(tar);

	return layer_read(&s.source, limits ? limits : &none, spool, NULL, NULL,
			  ret, err);
}

/* Reads and applies; implicit directories get the time 7. */
static UNUSED int lf_layer(struct tree *t, const struct buf *tar, uint32_t number,
		    const struct layer_limits *limits, struct spool *spool,
		    struct vc_error *err)
{
	static const struct layer_limits none;
	struct layer_entries *entries;
	int r;

	if (lf_read(tar, limits, spool, &entries, err) < 0)
		return -1;
	r = layer_apply(t, entries, number, 7, limits ? limits : &none, err);
	layer_entries_free(entries);
	return r;
}

/* One tar to a listing, or to its error's message; owned by the caller. */
static UNUSED char *lf_one(const struct buf *tar, const struct layer_limits *limits)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	struct spool spool;
	char *text;

	spool_init(&spool, "/tmp");
	if (lf_layer(t, tar, 0, limits, &spool, &err) < 0)
		text = xstrdup(err.msg);
	else
		text = lf_listing(t);
	spool_release(&spool);
	return text;
}

#endif
