/*
 * Reading and changing <config dir>/config.  A change keeps every line that
 * is not about the key: comments, order, and keys of later releases.
 */
#include "vc/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vc/buf.h"
#include "vc/io.h"
#include "vc/util.h"

#define CONFIG_MAX 65536

struct line {
	const char *start;
	size_t length; /* with its newline */
	char *key;     /* owned, as is value; NULL: blank or comment */
	char *value;   /* NULL though there is a key: no '=' */
};

static void line_release(struct line *l)
{
	free(l->key);
	free(l->value);
	*l = (struct line){ 0 };
}

#define _cleanup_line_ __attribute__((cleanup(line_release)))

/* Without the blanks around it. */
static char *trimmed(const char *s, size_t n)
{
	for (; n && strchr(" \t\r", *s); n--)
		s++;
	while (n && strchr(" \t\r", s[n - 1]))
		n--;
	return xstrndup(s, n);
}

/* The line at *at, which then points behind it; false at the end. */
static bool next_line(const char **at, struct line *l)
{
	size_t n = strcspn(*at, "\n"), key;
	_cleanup_free_ char *text = NULL;

	line_release(l);
	if (!**at)
		return false;
	l->start = *at;
	l->length = n + ((*at)[n] == '\n');
	*at += l->length;
	text = trimmed(l->start, n);
	if (!*text || *text == '#')
		return true;
	key = strcspn(text, "=");
	l->key = trimmed(text, key);
	if (text[key])
		l->value = trimmed(text + key + 1, strlen(text + key + 1));
	return true;
}

/* A missing file is an empty one. */
static int read_config(const char *path, struct buf *b, struct vc_error *err)
{
	if (read_file_at(AT_FDCWD, path, CONFIG_MAX, b, err) < 0) {
		if (err->errnum != ENOENT && err->errnum != ENOTDIR)
			return -1;
		vc_error_release(err);
	}
	if (b->len && memchr(buf_ptr(b), '\0', b->len))
		return vc_fail(err, 0, "'%s' is no text", path);
	buf_add(b, "", 0);
	return 0;
}

int config_get(const char *config_dir, const char *key, char **ret,
	       struct vc_error *err)
{
	_cleanup_free_ char *path = path_join(config_dir, "config");
	_cleanup_free_ char *value = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_line_ struct line l = { 0 };
	const char *at;

	if (read_config(path, &b, err) < 0)
		return -1;
	at = b.len ? buf_ptr(&b) : "";
	for (unsigned number = 1; next_line(&at, &l); number++) {
		if (l.key && !l.value)
			return vc_fail(err, 0, "'%s' line %u: expected "
				       "'key=value'", path, number);
		if (!str_eq(l.key, key))
			continue;
		free(value); /* the last one counts */
		value = steal_ptr(l.value);
	}
	*ret = steal_ptr(value);
	return 0;
}

int config_unknown(const char *config_dir, struct strv *ret,
		   struct vc_error *err)
{
	_cleanup_free_ char *path = path_join(config_dir, "config");
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_line_ struct line l = { 0 };
	const char *at;

	if (read_config(path, &b, err) < 0)
		return -1;
	at = b.len ? buf_ptr(&b) : "";
	while (next_line(&at, &l)) {
		_cleanup_error_ struct vc_error unknown = { 0 };

		if (l.key && !config_key_find(l.key, &unknown))
			strv_add(ret, l.key);
	}
	return 0;
}

/* Old text with the key's lines replaced by one, at the place of the first. */
static void edit(const char *old, const char *key, const char *value,
		 struct buf *out)
{
	_cleanup_line_ struct line l = { 0 };
	bool done = !value;

	while (next_line(&old, &l)) {
		if (!str_eq(l.key, key)) {
			buf_add(out, l.start, l.length);
			if (l.start[l.length - 1] != '\n')
				buf_add_char(out, '\n');
		} else if (!done) {
			buf_printf(out, "%s=%s\n", key, value);
			done = true;
		}
	}
	if (!done)
		buf_printf(out, "%s=%s\n", key, value);
}

/* Where the file really is: people link it into a repository of theirs, and
 * renaming over the link would cut that. */
static char *config_file(const char *config_dir)
{
	_cleanup_free_ char *path = path_join(config_dir, "config");
	char *target = realpath(path, NULL);

	return target ? target : steal_ptr(path);
}

static int rewrite(const char *path, const char *key, const char *value,
		   struct vc_error *err)
{
	_cleanup_buf_ struct buf old = BUF_INIT;
	_cleanup_buf_ struct buf new = BUF_INIT;

	if (read_config(path, &old, err) < 0)
		return -1;
	edit(old.len ? buf_ptr(&old) : "", key, value, &new);
	return write_file_at(AT_FDCWD, path, 0600,
			     new.len ? buf_ptr(&new) : "", new.len, err);
}

int config_set(const char *config_dir, const char *key, const char *value,
	       struct vc_error *err)
{
	const struct config_key *k = config_key_find(key, err);
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int dir = -1;

	if (!k)
		return -1;
	if (value && k->check(value, err) < 0)
		return vc_wrap(err, "key '%s'", key);
	if (make_dirs(config_dir, 0700, err) < 0)
		return -1;
	/* two at once: neither may lose the other's change */
	dir = open(config_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || flock(dir, LOCK_EX) < 0)
		return vc_fail(err, errno, "cannot lock '%s'", config_dir);
	path = config_file(config_dir);
	return rewrite(path, key, value, err);
}
