/*
 * Options that name files of the host: what is read is staged, what is
 * written is brought back.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/call.h"
#include "engine/environment.h"
#include "vc/io.h"
#include "vc/util.h"

#define ENV_FILE_MAX (16u * 1024u * 1024u)

/* As docker reads it: "NAME" alone is the caller's variable, '#' a comment. */
static void env_line(struct engine_call *call, const char *line, size_t len,
		     struct buf *out)
{
	_cleanup_free_ char *name = NULL, *argument = NULL;
	size_t blank = strspn(line, " \t");

	if (blank < len && line[blank] != '#' && !memchr(line, '=', len)) {
		name = xstrndup(line + blank, len - blank);
		name[strcspn(name, " \t\r")] = '\0';
		argument = environment_argument(&call->env, name);
	}
	if (argument)
		buf_printf(out, "%s\n", argument);
	else
		buf_printf(out, "%.*s\n", (int)len, line);
}

static int stage_env_file(struct engine_call *call, const char *path,
			  const char *name, char **ret_guest,
			  struct vc_error *err)
{
	_cleanup_buf_ struct buf in = BUF_INIT, out = BUF_INIT;

	if (read_file_at(AT_FDCWD, path, ENV_FILE_MAX, &in, err) < 0)
		return -1;
	buf_add(&in, "", 0);
	for (const char *p = buf_ptr(&in); *p;) {
		size_t len = strcspn(p, "\n");

		env_line(call, p, len, &out);
		p += len + (p[len] == '\n');
	}
	stage_add_bytes(&call->stage, out.len ? buf_ptr(&out) : "", out.len, name,
			ret_guest);
	return 0;
}

/* All that would make writing it fail afterwards fails now. */
static int check_new(const char *path, const char *option, struct vc_error *err)
{
	_cleanup_free_ char *copy = xstrdup(path);
	const char *dir = dirname(copy);

	if (access(path, F_OK) == 0)
		return vc_fail(err, 0, "'--%s' file '%s' exists: remove it, or name another",
			       option, path);
	if (access(dir, W_OK | X_OK) < 0)
		return vc_fail(err, errno, "cannot create the '--%s' file '%s'", option,
			       path);
	return 0;
}

/* "seccomp=FILE" is read by the CLI; its other forms are words. */
static const char *seccomp_file(const struct scan_option *o)
{
	const char *v = o->value;

	if (!scan_is(o, "security-opt") || !str_starts(v, "seccomp="))
		return NULL;
	v += strlen("seccomp=");
	return strcmp(v, "unconfined") && strcmp(v, "builtin") ? v : NULL;
}

static int handle(struct engine_call *call, size_t i, struct vc_error *err)
{
	const struct scan_option *o = &call->scan.options[i];
	_cleanup_free_ char *name = xasprintf("%zu", i);
	_cleanup_free_ char *guest = NULL, *value = NULL;
	int r = 0;

	if (scan_is(o, "env-file")) {
		r = stage_env_file(call, o->value, name, &guest, err);
	} else if (scan_is(o, "label-file")) {
		r = stage_add_file(&call->stage, o->value, name, &guest, err);
	} else if (seccomp_file(o)) {
		r = stage_add_file(&call->stage, seccomp_file(o), name, &guest, err);
		value = xasprintf("seccomp=%s", guest);
	} else if (scan_is(o, "cidfile")) {
		r = check_new(o->value, "cidfile", err);
		if (r == 0)
			stage_expect(&call->stage, name, o->value, &guest);
	}
	if (r < 0) {
		err->status = VC_EXIT_ENGINE;
		return -1;
	}
	if (guest)
		scan_set_value(&call->scan, i, &call->argv, value ? value : guest);
	return 0;
}

int engine_host_files(struct engine_call *call, struct vc_error *err)
{
	for (size_t i = 0; i < call->scan.n_options; i++)
		if (call->scan.options[i].value && handle(call, i, err) < 0)
			return -1;
	return 0;
}
