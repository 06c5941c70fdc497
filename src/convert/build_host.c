/*
 * Builders of the host: docker's buildx plugin and BuildKit's own client.
 * They read the context, .dockerignore and secrets themselves.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/build.h"
#include "vc/buf.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/settings.h"
#include "vc/spawn.h"
#include "vc/util.h"

#define DOCKERFILE_MAX (16u * 1024u * 1024u)

/* --- command lines -------------------------------------------------------- */

/* The value of --output is a line of CSV: a path with a comma or a quote is
 * quoted as a field. */
static char *output_to(const char *dest)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (!strpbrk(dest, ",\"\n\r"))
		return xasprintf("type=oci,dest=%s", dest);
	buf_add_str(&b, "type=oci,\"dest=");
	for (const char *p = dest; *p; p++) {
		if (*p == '"')
			buf_add_char(&b, '"');
		buf_add_char(&b, *p);
	}
	buf_add_char(&b, '"');
	return buf_steal(&b);
}

static void add_each(struct strv *argv, const char *option,
		     const struct strv *values)
{
	for (size_t i = 0; values && i < values->n; i++) {
		strv_add(argv, option);
		strv_add(argv, values->v[i]);
	}
}

void build_buildx_argv(const struct dockerfile_build *b, const char *program,
		       const char *dest, struct strv *ret)
{
	strv_add(ret, program);
	strv_add_all(ret, (char *[]){ "buildx", "build", "--platform", NULL });
	strv_addf(ret, "linux/%s", arch_oci(b->arch));
	strv_add(ret, "--output");
	strv_add_take(ret, output_to(dest));
	strv_add(ret, "--file");
	strv_add(ret, b->file);
	if (b->target) {
		strv_add(ret, "--target");
		strv_add(ret, b->target);
	}
	add_each(ret, "--build-arg", b->build_args);
	add_each(ret, "--secret", b->secrets);
	strv_add(ret, b->context);
}

/* buildctl knows no "NAME" for the caller's variable; docker leaves out one
 * that is not set. */
static void add_build_arg(struct strv *argv, const char *arg)
{
	const char *value = strchr(arg, '=') ? NULL : getenv(arg);

	if (!value && !strchr(arg, '='))
		return;
	strv_add(argv, "--opt");
	if (value)
		strv_addf(argv, "build-arg:%s=%s", arg, value);
	else
		strv_addf(argv, "build-arg:%s", arg);
}

/* Its directory and its name in it: "." for a bare name. */
static void add_file(struct strv *argv, const char *file)
{
	const char *slash = strrchr(file, '/');

	strv_add(argv, "--local");
	if (slash)
		strv_addf(argv, "dockerfile=%.*s", (int)(slash - file + 1), file);
	else
		strv_add(argv, "dockerfile=.");
	strv_add(argv, "--opt");
	strv_addf(argv, "filename=%s", slash ? slash + 1 : file);
}

void build_buildctl_argv(const struct dockerfile_build *b, const char *program,
			 const char *file, const char *dest, struct strv *ret)
{
	strv_add(ret, program);
	strv_add_all(ret, (char *[]){ "build", "--frontend", "dockerfile.v0", "--local",
				      NULL });
	strv_addf(ret, "context=%s", b->context);
	add_file(ret, file);
	strv_add(ret, "--opt");
	strv_addf(ret, "platform=linux/%s", arch_oci(b->arch));
	if (b->target) {
		strv_add(ret, "--opt");
		strv_addf(ret, "target=%s", b->target);
	}
	for (size_t i = 0; b->build_args && i < b->build_args->n; i++)
		add_build_arg(ret, b->build_args->v[i]);
	add_each(ret, "--secret", b->secrets);
	strv_add(ret, "--output");
	strv_add_take(ret, output_to(dest));
}

/* --- running them --------------------------------------------------------- */

static int run(const struct strv *argv, int in_fd, const char *hint,
	       struct vc_error *err)
{
	int status;

	if (run_program_live(argv, in_fd, &status, err) < 0)
		return -1;
	if (!status)
		return 0;
	return vc_fail(err, 0, "the build with '%s' ended with status %d: see its words "
		       "above; %s", argv->v[0], status, hint);
}

int build_with_buildx(const struct dockerfile_build *b, const char *dest,
		      struct vc_error *err)
{
	_cleanup_free_ char *program = find_program("docker", "docker-cli", err);
	_cleanup_strv_ struct strv argv = STRV_INIT;

	if (!program)
		return -1;
	build_buildx_argv(b, program, dest, &argv);
	return run(&argv, strcmp(b->file, "-") ? -1 : STDIN_FILENO,
		   "it needs a builder that can write an OCI archive ('docker buildx "
		   "create --use'); '--builder vdkr' needs no docker", err);
}

static int read_stdin(struct buf *b, struct vc_error *err)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read_full(STDIN_FILENO, chunk, sizeof(chunk), err)) > 0) {
		buf_add(b, chunk, (size_t)n);
		if (b->len > DOCKERFILE_MAX)
			return vc_fail(err, 0, "more than %u MiB on standard input",
				       DOCKERFILE_MAX >> 20);
	}
	return n < 0 ? -1 : 0;
}

/* buildctl takes a Dockerfile from a directory only. */
static int run_buildctl(const struct dockerfile_build *b, const char *program,
			const char *file, const char *dest, struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;

	build_buildctl_argv(b, program, file, dest, &argv);
	return run(&argv, -1, "it needs a buildkitd; '--builder vdkr' needs none", err);
}

int build_with_buildctl(const struct dockerfile_build *b, const char *dest,
			struct vc_error *err)
{
	_cleanup_free_ char *program = find_program("buildctl", "buildkit", err);
	_cleanup_free_ char *dir = NULL, *file = NULL;
	_cleanup_error_ struct vc_error none = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	if (!program)
		return -1;
	if (strcmp(b->file, "-") != 0)
		return run_buildctl(b, program, b->file, dest, err);
	dir = xasprintf("%s.dockerfile", dest);
	file = path_join(dir, "Dockerfile");
	if (read_stdin(&text, err) < 0 || make_dirs(dir, 0700, err) < 0)
		return -1;
	r = write_file_at(AT_FDCWD, file, 0600, text.len ? buf_ptr(&text) : "",
			  text.len, err);
	if (r == 0)
		r = run_buildctl(b, program, file, dest, err);
	if (remove_tree_at(AT_FDCWD, dir, &none) < 0)
		log_verbose("%s", none.msg);
	return r;
}

/* --- which of them is there ----------------------------------------------- */

static bool has_buildx(void)
{
	_cleanup_error_ struct vc_error none = { 0 };
	_cleanup_free_ char *program = find_program("docker", "docker-cli", &none);
	_cleanup_strv_ struct strv argv = STRV_INIT;

	if (!program)
		return false;
	strv_add_all(&argv, (char *[]){ program, "buildx", "version", NULL });
	return run_program(&argv, &none) == 0;
}

const char *build_default_builder(void)
{
	_cleanup_error_ struct vc_error none = { 0 };
	_cleanup_free_ char *buildctl = NULL;

	if (has_buildx())
		return "docker-buildx";
	buildctl = find_program("buildctl", "buildkit", &none);
	return buildctl ? "buildctl" : "vdkr";
}
