/*
 * save and export: the engine writes to its stdout, and that becomes our
 * stdout or, with -o, a file of the host, which appears whole or not at all.
 *
 * Never "-o /dev/stdout": docker writes a file beside it and renames that over
 * it, so that nothing comes out and the guest has lost its /dev/stdout.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/call.h"
#include "vc/io.h"
#include "vc/util.h"

struct file_sink {
	struct byte_sink sink;
	int fd;
	const char *path;
};

static int file_write(struct byte_sink *s, const void *data, size_t len,
		      struct vc_error *err)
{
	struct file_sink *f = (struct file_sink *)s;

	if (write_all(f->fd, data, len, err) < 0)
		return vc_wrap(err, "'%s'", f->path);
	return 0;
}

/* Something that is no regular file (a device, a pipe) is written as it is. */
static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* podman's oci-archive cannot be written to a pipe: it is made on the state
 * disk and sent from there. */
static int run_staged(struct engine_call *call, struct byte_sink *sink,
		      struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_free_ char *dir = NULL;
	struct vm_exec x = VM_EXEC_INIT;
	int status;

	if (stage_make_large(&call->stage, call->vm, &dir, err) < 0)
		return -1;
	strv_insert(&call->argv, call->first, "-o");
	strv_add_all(&argv, (char *[]){ "cat", "--", NULL });
	strv_addf(&argv, "%s/archive", dir);
	strv_insert(&call->argv, call->first + 1, argv.v[2]);
	status = engine_pass(call, err);
	if (status)
		return status;
	x.argv = argv;
	x.out = sink;
	x.err_fd = STDERR_FILENO;
	x.relay_signals = true;
	return vm_exec(call->vm, &x, &status, err) < 0 ? -1 : status;
}

static bool needs_stage(const struct engine_call *call)
{
	const struct scan_option *format = scan_find(&call->scan, "format");

	return format && format->value && !strcmp(format->value, "oci-archive");
}

static int run_into(struct engine_call *call, int fd, const char *path,
		    struct vc_error *err)
{
	struct file_sink sink = { { file_write }, fd, path };

	if (engine_open(call, err) < 0)
		return -1;
	if (needs_stage(call))
		return run_staged(call, &sink.sink, err);
	return engine_pass_streams(call, NULL, &sink.sink, err);
}

static int save_to(struct engine_call *call, const char *path,
		   struct vc_error *err)
{
	_cleanup_free_ char *tmp = xasprintf("%s.%s.tmp", path, call->stage.id);
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return vc_fail(err, EISDIR, "cannot write '%s'", path);
	if (is_special(path)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return vc_fail(err, errno, "cannot write '%s'", path);
		return run_into(call, fd, path, err);
	}
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return vc_fail(err, errno, "cannot write '%s'", path);
	r = run_into(call, fd, path, err);
	if (r == 0 && (fsync(fd) < 0 || rename(tmp, path) < 0))
		r = vc_fail(err, errno, "cannot write '%s'", path);
	if (r != 0)
		unlink(tmp);
	return r;
}

int engine_save(struct engine_call *call, struct vc_error *err)
{
	const struct scan_option *output = scan_find(&call->scan, "output");
	const struct scan_option *format = scan_find(&call->scan, "format");
	_cleanup_free_ char *path = NULL;

	if (format && format->value && str_ends(format->value, "-dir"))
		return vc_fail(err, 0, "format '%s' writes a directory, which is not supported: "
			       "use 'oci-archive' or 'docker-archive'", format->value);
	if (!output || !output->value) {
		if (needs_stage(call) && !isatty(STDOUT_FILENO))
			return run_into(call, STDOUT_FILENO, "standard output", err);
		if (engine_open(call, err) < 0)
			return -1;
		return engine_pass(call, err);
	}
	path = xstrdup(output->value);
	engine_drop_option(call, "output");
	return save_to(call, path, err);
}
