/* Dockerfile builds by the host's programs, which are scripts here; see
 * tests/integration/test_dockerfile_build.py for those in a VM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/build.h"
#include "vc/io.h"
#include "vc/spawn.h"
#include "vc/util.h"

static char dir[] = "/tmp/test-build-XXXXXX";
static char *bin, *out, *context, *old_path;
static struct strv args = STRV_INIT, secrets = STRV_INIT;

/* Writes its words, one a line, to $WORDS, and as the image what is on its
 * stdin. */
static const char builder_script[] =
	"#!/bin/sh\n"
	"[ \"$1 $2\" = 'buildx version' ] && exit $BUILDX\n"
	"for w; do echo \"$w\"; done >\"$WORDS\"\n"
	"echo loud\n"
	"cat >\"$OUT/image.tar.tmp\"\n"
	"exit $STATUS\n";

static void write_to(const char *path, const char *text, mode_t mode)
{
	struct vc_error err = { 0 };

	assert_int_equal(write_file_at(AT_FDCWD, path, mode, text, strlen(text), &err), 0);
}

static void install(const char *name, const char *script)
{
	_cleanup_free_ char *path = path_join(bin, name);

	write_to(path, script, 0755);
}

static char *content(const char *name)
{
	_cleanup_free_ char *path = path_join(dir, name);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct vc_error err = { 0 };

	if (read_file_at(AT_FDCWD, path, 1 << 20, &b, &err) < 0) {
		vc_error_release(&err);
		return NULL;
	}
	buf_add(&b, "", 0);
	return buf_steal(&b);
}

static void assert_content(const char *name, const char *expected)
{
	_cleanup_free_ char *text = content(name);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static int set_up(void **state)
{
	_cleanup_free_ char *words = NULL, *path = NULL, *file = NULL;
	struct vc_error err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	bin = path_join(dir, "bin");
	out = path_join(dir, "out,1");
	context = path_join(dir, "context");
	words = path_join(dir, "words");
	file = path_join(context, "Dockerfile");
	assert_int_equal(make_dirs(bin, 0755, &err), 0);
	assert_int_equal(make_dirs(out, 0755, &err), 0);
	assert_int_equal(make_dirs(context, 0755, &err), 0);
	write_to(file, "FROM scratch\n", 0644);
	old_path = xstrdup(getenv("PATH"));
	path = xasprintf("%s:%s", bin, old_path);
	setenv("PATH", path, 1);
	setenv("WORDS", words, 1);
	setenv("OUT", out, 1);
	setenv("HOME", dir, 1);
	unsetenv("VDKR_STATE_DIR");
	setenv("STATUS", "0", 1);
	setenv("BUILDX", "0", 1);
	return 0;
}

static int tear_down(void **state)
{
	struct vc_error err = { 0 };

	(void)state;
	assert_int_equal(remove_tree_at(AT_FDCWD, dir, &err), 0);
	setenv("PATH", old_path, 1);
	free(old_path);
	free(bin);
	free(out);
	free(context);
	strv_release(&args);
	strv_release(&secrets);
	return 0;
}

static struct dockerfile_build a_build(const char *builder)
{
	return (struct dockerfile_build){
		.file = NULL, .context = context, .arch = "aarch64", .out_dir = out,
		.builder = builder,
	};
}

static char *joined(struct strv *v)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < v->n; i++)
		buf_printf(&b, "[%s]", v->v[i]);
	strv_release(v);
	return buf_steal(&b);
}

static struct dockerfile_build full_build(void)
{
	strv_release(&args);
	strv_release(&secrets);
	strv_add_all(&args, (char *[]){ "K=a b=c", "IN_ENV", "NOT_SET", NULL });
	strv_add(&secrets, "id=x,src=F");
	setenv("IN_ENV", "v w", 1);
	unsetenv("NOT_SET");
	return (struct dockerfile_build){
		.file = "/r/Recipe", .context = "/c", .arch = "x86_64",
		.target = "last", .build_args = &args, .secrets = &secrets,
	};
}

static void test_buildx_argv(void **state)
{
	struct dockerfile_build b = full_build();
	struct strv argv = STRV_INIT;
	_cleanup_free_ char *words = NULL;

	(void)state;
	build_buildx_argv(&b, "/bin/docker", "/o/image.tar", &argv);
	words = joined(&argv);
	assert_string_equal(words,
			    "[/bin/docker][buildx][build][--platform][linux/amd64]"
			    "[--output][type=oci,dest=/o/image.tar]"
			    "[--file][/r/Recipe][--target][last]"
			    "[--build-arg][K=a b=c][--build-arg][IN_ENV]"
			    "[--build-arg][NOT_SET][--secret][id=x,src=F][/c]");
}

/* buildctl has no word for the caller's variable: its value is given. */
static void test_buildctl_argv(void **state)
{
	struct dockerfile_build b = full_build();
	struct strv argv = STRV_INIT;
	_cleanup_free_ char *words = NULL;

	(void)state;
	build_buildctl_argv(&b, "/bin/buildctl", b.file, "/o/image.tar", &argv);
	words = joined(&argv);
	assert_string_equal(words,
			    "[/bin/buildctl][build][--frontend][dockerfile.v0]"
			    "[--local][context=/c][--local][dockerfile=/r/]"
			    "[--opt][filename=Recipe][--opt][platform=linux/amd64]"
			    "[--opt][target=last][--opt][build-arg:K=a b=c]"
			    "[--opt][build-arg:IN_ENV=v w][--secret][id=x,src=F]"
			    "[--output][type=oci,dest=/o/image.tar]");
}

static void test_a_bare_name_and_csv(void **state)
{
	struct dockerfile_build b = { .file = "Recipe", .context = "/c",
				      .arch = "aarch64" };
	struct strv argv = STRV_INIT;
	_cleanup_free_ char *words = NULL;

	(void)state;
	build_buildctl_argv(&b, "buildctl", b.file, "/o,\"1\"/image.tar", &argv);
	words = joined(&argv);
	assert_non_null(strstr(words, "[dockerfile=.][--opt][filename=Recipe]"));
	assert_non_null(strstr(words, "[platform=linux/arm64]"));
	assert_non_null(strstr(words,
			       "[type=oci,\"dest=/o,\"\"1\"\"/image.tar\"]"));
}

static void test_the_archive_is_the_programs(void **state)
{
	struct dockerfile_build b = a_build("docker-buildx");
	_cleanup_free_ char *path = NULL, *words = NULL, *expected = NULL;
	struct vc_error err = { 0 };

	(void)state;
	install("docker", builder_script);
	assert_int_equal(dockerfile_build(&b, &path, &err), 0);
	expected = path_join(out, "image.tar");
	assert_string_equal(path, expected);
	/* no Dockerfile on its stdin */
	assert_content("out,1/image.tar", "");
	words = content("words");
	assert_non_null(strstr(words, "linux/arm64"));
	assert_non_null(strstr(words, "context/Dockerfile\n"));
	assert_null(strstr(words, "--target"));
}

/* What it prints on stdout must not meet our JSON. */
static void test_stdout_stays_clean(void **state)
{
	struct dockerfile_build b = a_build("buildctl");
	_cleanup_free_ char *path = NULL, *file = path_join(dir, "stdout");
	struct vc_error err = { 0 };
	int saved = dup(STDOUT_FILENO), r;
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	install("buildctl", builder_script);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	r = dockerfile_build(&b, &path, &err);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(fd);
	assert_int_equal(r, 0);
	assert_content("stdout", "");
}

/* With "-" stdin is the Dockerfile: buildx reads it, for buildctl it becomes
 * a file. */
static void dockerfile_on_stdin(const char *builder, const char *image)
{
	struct dockerfile_build b = a_build(builder);
	_cleanup_free_ char *path = NULL, *file = path_join(dir, "stdin");
	struct vc_error err = { 0 };
	int saved = dup(STDIN_FILENO), fd, r;

	write_to(file, "FROM stdin\n", 0644);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	dup2(fd, STDIN_FILENO);
	b.file = "-";
	r = dockerfile_build(&b, &path, &err);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(fd);
	assert_int_equal(r, 0);
	assert_content("out,1/image.tar", image);
}

static void test_dockerfile_on_stdin(void **state)
{
	static const char reads_file[] =
		"#!/bin/sh\n"
		"for w; do case $w in dockerfile=*) d=${w#dockerfile=};; esac; done\n"
		"cp \"$d/Dockerfile\" \"$OUT/image.tar.tmp\"\n";
	_cleanup_free_ char *left = path_join(out, "image.tar.tmp.dockerfile");

	(void)state;
	install("docker", builder_script);
	dockerfile_on_stdin("docker-buildx", "FROM stdin\n");
	install("buildctl", reads_file);
	dockerfile_on_stdin("buildctl", "FROM stdin\n");
	assert_int_not_equal(access(left, F_OK), 0);
}

static void test_a_build_that_fails(void **state)
{
	struct dockerfile_build b = a_build("docker-buildx");
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *image = path_join(out, "image.tar");
	_cleanup_free_ char *tmp = path_join(out, "image.tar.tmp");

	(void)state;
	install("docker", builder_script);
	write_to(image, "of before", 0644);
	setenv("STATUS", "17", 1);
	assert_int_equal(dockerfile_build(&b, &path, &err), -1);
	setenv("STATUS", "0", 1);
	assert_null(path);
	assert_non_null(strstr(err.msg, "context/Dockerfile'"));
	assert_non_null(strstr(err.msg, "status 17"));
	assert_int_equal(vc_error_status(&err), 1);
	assert_content("out,1/image.tar", "of before");
	assert_int_not_equal(access(tmp, F_OK), 0);
}

static void test_what_cannot_be_built(void **state)
{
	struct dockerfile_build b = a_build("docker-buildx");
	struct vc_error err = { 0 };
	char *path = NULL;

	(void)state;
	b.context = "/no-such-directory";
	assert_int_equal(dockerfile_build(&b, &path, &err), -1);
	assert_non_null(strstr(err.msg, "'/no-such-directory'"));
	vc_error_release(&err);

	b = a_build("docker-buildx");
	b.file = "/no-such-file";
	assert_int_equal(dockerfile_build(&b, &path, &err), -1);
	assert_non_null(strstr(err.msg, "Dockerfile '/no-such-file'"));
	vc_error_release(&err);

	b = a_build("kaniko");
	assert_int_equal(dockerfile_build(&b, &path, &err), -1);
	assert_int_equal(vc_error_status(&err), VC_EXIT_USAGE);
	vc_error_release(&err);
}

/* The first that works; a docker without the plugin does not. */
static void test_which_builder(void **state)
{
	(void)state;
	install("docker", builder_script);
	install("buildctl", builder_script);
	assert_string_equal(build_default_builder(), "docker-buildx");
	setenv("BUILDX", "1", 1);
	assert_string_equal(build_default_builder(), "buildctl");
	setenv("BUILDX", "0", 1);
}

/* Found out before a VM is started. */
static void test_vm_without_guest_files(void **state)
{
	struct dockerfile_build b = a_build("vdkr");
	_cleanup_error_ struct vc_error err = { 0 };
	char *path = NULL;

	(void)state;
	b.our_guest = context;
	assert_int_equal(dockerfile_build(&b, &path, &err), -1);
	assert_int_equal(vc_error_status(&err), CONVERT_EXIT_GUEST);
	assert_non_null(strstr(err.msg, "/kernel' is missing"));
}

/* A signal that would end us ends the program, which may still clean up. */
static void test_signals_reach_the_program(void **state)
{
	struct strv argv = STRV_INIT;
	struct vc_error err = { 0 };
	int status = 0;

	(void)state;
	install("waits", "#!/bin/sh\n"
			 "trap 'kill $!; exit 7' TERM\n"
			 "sleep 1000 &\n"
			 "kill -TERM $PPID\n"
			 "wait\n");
	strv_addf(&argv, "%s/waits", bin);
	assert_int_equal(run_program_live(&argv, -1, &status, &err), 0);
	assert_int_equal(status, 7);
	strv_release(&argv);
}

static void test_a_program_that_a_signal_ended(void **state)
{
	struct strv argv = STRV_INIT;
	struct vc_error err = { 0 };
	int status = 0;

	(void)state;
	install("dies", "#!/bin/sh\nkill -KILL $$\n");
	strv_addf(&argv, "%s/dies", bin);
	assert_int_equal(run_program_live(&argv, -1, &status, &err), 0);
	assert_int_equal(status, 128 + 9);
	strv_set(&argv, 0, xstrdup("/no-such-program"));
	assert_int_equal(run_program_live(&argv, -1, &status, &err), -1);
	vc_error_release(&err);
	strv_release(&argv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buildx_argv),
		cmocka_unit_test(test_buildctl_argv),
		cmocka_unit_test(test_a_bare_name_and_csv),
		cmocka_unit_test(test_the_archive_is_the_programs),
		cmocka_unit_test(test_stdout_stays_clean),
		cmocka_unit_test(test_dockerfile_on_stdin),
		cmocka_unit_test(test_a_build_that_fails),
		cmocka_unit_test(test_what_cannot_be_built),
		cmocka_unit_test(test_which_builder),
		cmocka_unit_test(test_vm_without_guest_files),
		cmocka_unit_test(test_signals_reach_the_program),
		cmocka_unit_test(test_a_program_that_a_signal_ended),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
