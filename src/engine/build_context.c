/* The context of a build, and the Dockerfile in it or beside it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/build.h"
#include "engine/copy_path.h"
#include "engine/copy_tar.h"
#include "vc/io.h"
#include "vc/util.h"

#define IGNORE_MAX (1024u * 1024u)

static const char *const docker_files[] = { "Dockerfile", "dockerfile", NULL };
static const char *const podman_files[] = { "Containerfile", "Dockerfile", NULL };

void build_context_release(struct build_context *c)
{
	free(c->path);
	free(c->ignore_path);
	dockerignore_release(&c->ignore);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Always sent, whatever the ignore file says: the engine reads them by itself
 * and leaves them out of what COPY sees. */
static bool is_for_the_engine(const char *path)
{
	static const char *const ends[] = { ".dockerignore", ".containerignore", NULL };

	if (strchr(path, '/'))
		return false;
	for (size_t i = 0; ends[i]; i++)
		if (str_ends(path, ends[i]))
			return true;
	for (size_t i = 0; docker_files[i]; i++)
		if (!strcmp(path, docker_files[i]))
			return true;
	return !strcmp(path, podman_files[0]);
}

static enum copy_want want(void *data, const char *path, bool is_dir)
{
	const struct build_context *c = data;

	if (!dockerignore_excludes(&c->ignore, path) || is_for_the_engine(path))
		return COPY_TAKE;
	return is_dir && dockerignore_keeps_below(&c->ignore, path) ?
		       COPY_LOOK_INSIDE : COPY_LEAVE;
}

int build_context_tar(struct build_context *c, struct byte_source **ret,
		      struct vc_error *err)
{
	const struct copy_tar_spec spec = { .path = c->path, .name = "",
					    .owned_by_root = true, .want = want,
					    .data = c };

	return copy_tar_open(&spec, NULL, ret, err);
}

/* "FILE.dockerignore" comes before the context's own; of podman's two names
 * for it this is the one that counts. */
static void note_ignore(struct build_context *c, const char *file, bool podman)
{
	_cleanup_free_ char *docker = xasprintf("%s.dockerignore", file);
	_cleanup_free_ char *container = xasprintf("%s.containerignore", file);

	if (c->ignore_path)
		return;
	if (exists(docker))
		c->ignore_path = steal_ptr(docker);
	else if (podman && exists(container))
		c->ignore_path = steal_ptr(container);
}

/* The context's own; of podman's two names the other one. */
static void note_plain_ignore(struct build_context *c, bool podman)
{
	_cleanup_free_ char *docker = path_join(c->path, ".dockerignore");
	_cleanup_free_ char *container = path_join(c->path, ".containerignore");

	if (c->ignore_path)
		return;
	if (podman && exists(container))
		c->ignore_path = steal_ptr(container);
	else if (exists(docker))
		c->ignore_path = steal_ptr(docker);
}

static int read_ignore(struct build_context *c, const struct engine_call *call,
		       struct vc_error *err)
{
	const struct scan_option *o = scan_find(&call->scan, "ignorefile");
	const char *path = o && o->value ? o->value : c->ignore_path;
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (!path)
		return 0;
	if (read_file_at(AT_FDCWD, path, IGNORE_MAX, &b, err) < 0)
		return -1;
	dockerignore_parse(&c->ignore, b.len ? buf_ptr(&b) : "", b.len);
	return 0;
}

static int no_file(const char *path, int errnum, struct vc_error *err)
{
	return vc_fail(err, errnum, "failed to read dockerfile: open '%s'", path);
}

/* One value of -f: staged under its own name, with the ignore files that go
 * with it. */
static int stage_file(struct build_context *c, struct engine_call *call, size_t i,
		      struct vc_error *err)
{
	static const char *const ends[] = { "", ".dockerignore", ".containerignore" };
	const char *value = call->scan.options[i].value;
	_cleanup_free_ char *path = copy_absolute(value);
	_cleanup_free_ char *guest = NULL;

	if (engine_is_podman(call) && !exists(path)) {
		free(path);
		path = path_join(c->path, value);
	}
	if (!exists(path))
		return no_file(path, errno, err);
	for (size_t n = 0; n < ARRAY_SIZE(ends); n++) {
		_cleanup_free_ char *name =
			xasprintf("f%zu/%s%s", i, copy_base(path), ends[n]);
		_cleanup_free_ char *host = xasprintf("%s%s", path, ends[n]);
		_cleanup_free_ char *staged = NULL;

		if (n && !exists(host))
			continue;
		if (stage_add_file(&call->stage, host, name, &staged, err) < 0)
			return -1;
		if (!n)
			guest = steal_ptr(staged);
	}
	note_ignore(c, path, engine_is_podman(call));
	scan_set_value(&call->scan, i, &call->argv, guest);
	return 0;
}

/* The values of -f: podman joins them, docker takes the last. */
static int stage_files(struct build_context *c, struct engine_call *call,
		       struct vc_error *err)
{
	const struct scan_option *last = scan_find(&call->scan, "file");

	for (size_t i = 0; last && i < call->scan.n_options; i++) {
		const struct scan_option *o = &call->scan.options[i];

		if (!scan_is(o, "file") || !o->value ||
		    (!engine_is_podman(call) && o != last))
			continue;
		if (!strcmp(o->value, "-"))
			c->file_from_stdin = true;
		else if (!build_is_remote(o->value) && stage_file(c, call, i, err) < 0)
			return -1;
	}
	return 0;
}

/* Without -f. It need not be sent by itself: the context has it. */
static int default_file(struct build_context *c, bool podman, struct vc_error *err)
{
	const char *const *names = podman ? podman_files : docker_files;

	for (size_t i = 0; names[i]; i++) {
		_cleanup_free_ char *path = path_join(c->path, names[i]);
		struct stat st;

		if (lstat(path, &st) == 0) {
			note_ignore(c, path, podman);
			return 0;
		}
	}
	if (podman)
		return vc_fail(err, 0, "no Containerfile or Dockerfile specified or found in "
			       "context directory, %s: no such file or directory", c->path);
	return no_file("Dockerfile", ENOENT, err);
}

static int find_directory(struct build_context *c, const char *word,
			  struct vc_error *err)
{
	struct stat st;

	c->path = realpath(word, NULL);
	if (!c->path && errno != ENOENT)
		return vc_fail(err, errno, "unable to prepare context: '%s'", word);
	if (!c->path || stat(c->path, &st) < 0 || !S_ISDIR(st.st_mode))
		return vc_fail(err, 0, "unable to prepare context: path \"%s\" not found",
			       word);
	return 0;
}

int build_context_find(struct build_context *c, struct engine_call *call,
		       struct vc_error *err)
{
	const char *word = call->scan.n_words ? call->argv.v[call->scan.words[0]] : ".";
	bool podman = engine_is_podman(call);
	struct stat st;

	if (!strcmp(word, "-")) {
		c->kind = BUILD_STDIN;
		return 0;
	}
	if ((stat(word, &st) < 0 || !S_ISDIR(st.st_mode)) && build_is_remote(word)) {
		c->kind = BUILD_REMOTE;
		return 0;
	}
	if (find_directory(c, word, err) < 0 || stage_files(c, call, err) < 0)
		return -1;
	if (!scan_find(&call->scan, "file") && default_file(c, podman, err) < 0)
		return -1;
	note_plain_ignore(c, podman);
	return read_ignore(c, call, err);
}
