/* What a call does around the engine's CLI, with the VM replaced by notes. */
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

#include "engine/call.h"
#include "vc/command.h"
#include "vc/io.h"
#include "vc/util.h"

#define RUN(...) run((char *[]){ __VA_ARGS__, NULL })

static char dir[] = "/tmp/test-engine-XXXXXX";
static struct settings settings = { .tool = &tool_vdkr, .arch = NULL };
static struct strv execs;  /* argv of each command, words joined by blanks */
static bool stdin_given;   /* to the engine */
static int engine_status;
static struct vc_error error;

/* --- the VM ---------------------------------------------------------------- */

int vm_open(const struct vm_spec *spec, struct vm **ret, bool *ret_started,
	    struct vc_error *err)
{
	(void)spec;
	(void)err;
	*ret = (struct vm *)&settings;
	*ret_started = true;
	return 0;
}

void vm_free(struct vm *vm)
{
	(void)vm;
}

void vm_cleanup(struct vm **vm)
{
	(void)vm;
}

static void note(const struct strv *argv)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < argv->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", argv->v[i]);
	strv_add(&execs, buf_ptr(&b));
}

int vm_exec(struct vm *vm, const struct vm_exec *x, int *ret_status,
	    struct vc_error *err)
{
	char chunk[4096];

	(void)vm;
	note(&x->argv);
	*ret_status = 0;
	if (!strcmp(x->argv.v[0], "docker") || !strcmp(x->argv.v[0], "podman")) {
		stdin_given = x->in_fd >= 0;
		*ret_status = engine_status;
	}
	while (x->in && x->in->read(x->in, chunk, sizeof(chunk), err) > 0)
		;
	return x->out ? x->out->write(x->out, "output", 6, err) : 0;
}

int vm_exec_collect(struct vm *vm, const struct strv *argv, size_t max,
		    struct buf *ret_out, struct vc_error *err)
{
	(void)vm;
	(void)max;
	(void)err;
	note(argv);
	if (!strcmp(argv->v[0], "cat"))
		buf_add_str(ret_out, "collected");
	return 0;
}

int settings_make_state_dir(struct settings *s, struct vc_error *err)
{
	(void)s;
	(void)err;
	return 0;
}

int settings_guest_dir(struct settings *s, struct vc_error *err)
{
	(void)s;
	(void)err;
	return 0;
}

void settings_vm_spec(const struct settings *s, struct vm_spec *ret)
{
	(void)s;
	*ret = (struct vm_spec){ 0 };
}

const struct tool tool_vdkr = { "vdkr", "docker", "VDKR", ".vdkr", "docker.sock" };
const struct tool tool_vpdmn = { "vpdmn", "podman", "VPDMN", ".vpdmn", "podman.sock" };

/* --- helpers --------------------------------------------------------------- */

static int run(char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	strv_release(&execs);
	vc_error_release(&error);
	return engine_command(&settings, n, argv, &error);
}

/* The engine's own command, wherever it came among the others. */
static const char *engine_words(void)
{
	for (size_t i = 0; i < execs.n; i++)
		if (str_starts(execs.v[i], "docker ") || str_starts(execs.v[i], "podman "))
			return execs.v[i];
	return "";
}

static void assert_content(const char *path, const char *text)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(read_file_at(AT_FDCWD, path, 100, &b, &error), 0);
	assert_string_equal(b.len ? buf_ptr(&b) : "", text);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(write_file_at(AT_FDCWD, path, 0600, text, strlen(text),
				       &error), 0);
}

static int setup(void **state)
{
	(void)state;
	settings.tool = &tool_vdkr;
	engine_status = 0;
	return 0;
}

/* --- tests ----------------------------------------------------------------- */

/* docker renames a file over what -o names: "-o /dev/stdout" would come out
 * empty and cost the guest its /dev/stdout */
static void save_leaves_out_the_output(void **state)
{
	(void)state;
	assert_int_equal(RUN("save", "-o", "s1.tar", "a:1", "b:1"), 0);
	assert_string_equal(engine_words(), "docker save a:1 b:1");
	assert_content("s1.tar", "output");
	assert_int_equal(RUN("image", "save", "a:1", "--output=s2.tar"), 0);
	assert_string_equal(engine_words(), "docker image save a:1");
	assert_int_equal(RUN("export", "-os3.tar", "c1"), 0);
	assert_string_equal(engine_words(), "docker export c1");
	settings.tool = &tool_vpdmn;
	assert_int_equal(RUN("save", "-qo", "s4.tar", "a:1"), 0);
	assert_string_equal(engine_words(), "podman save -q a:1");
	assert_int_equal(RUN("volume", "export", "v", "-o", "s5.tar"), 0);
	assert_string_equal(engine_words(), "podman volume export v");
	assert_content("s5.tar", "output");
}

static void failed_save_leaves_nothing(void **state)
{
	(void)state;
	engine_status = 1;
	put("old.tar", "old");
	assert_int_equal(RUN("save", "-o", "old.tar", "a:1"), 1);
	assert_content("old.tar", "old");
	assert_int_equal(RUN("save", "-o", "new.tar", "a:1"), 1);
	assert_int_equal(access("new.tar", F_OK), -1);
	assert_int_equal(RUN("save", "-o", "none/new.tar", "a:1"), -1);
	assert_int_equal(execs.n, 0);
}

static void oci_archive_is_made_on_the_disk(void **state)
{
	(void)state;
	settings.tool = &tool_vpdmn;
	assert_int_equal(RUN("save", "--format", "oci-archive", "-o", "o.tar", "a"), 0);
	assert_int_equal(execs.n, 4);
	assert_true(str_starts(execs.v[0], "mkdir -m 0700 " STAGE_LARGE "/"));
	assert_true(str_starts(execs.v[1], "podman save -o " STAGE_LARGE "/"));
	assert_true(str_ends(execs.v[1], "/archive --format oci-archive a"));
	assert_true(str_starts(execs.v[2], "cat -- " STAGE_LARGE "/"));
	assert_true(str_starts(execs.v[3], "rm -rf -- " STAGE_LARGE "/"));
	assert_content("o.tar", "output");
	assert_int_equal(RUN("save", "--format=oci-dir", "-o", "d", "a"), -1);
}

static void cidfile_is_checked_first(void **state)
{
	(void)state;
	put("cid", "old");
	assert_int_equal(RUN("run", "--cidfile", "cid", "a"), -1);
	assert_int_equal(vc_error_status(&error), VC_EXIT_ENGINE);
	assert_int_equal(RUN("run", "--cidfile=none/cid", "a"), -1);
	assert_int_equal(execs.n, 0);
	assert_int_equal(RUN("run", "--cidfile=cid2", "a"), 0);
	assert_content("cid2", "collected");
}

static void written_files_come_back(void **state)
{
	(void)state;
	settings.tool = &tool_vpdmn;
	assert_int_equal(RUN("commit", "-q", "--iidfile", "iid", "c", "i"), 0);
	assert_content("iid", "collected");
	assert_int_equal(RUN("push", "--digestfile=dig", "i"), 0);
	assert_content("dig", "collected");
	assert_int_equal(RUN("run", "--pidfile", "p", "a"), -1);
	assert_int_equal(vc_error_status(&error), VC_EXIT_ENGINE);
	assert_int_equal(RUN("container", "checkpoint", "-e", "x", "c"), -1);
	assert_int_equal(execs.n, 0);
	/* the container's own */
	assert_int_equal(RUN("run", "a", "--pidfile", "p"), 0);
}

static void read_words_are_staged(void **state)
{
	(void)state;
	settings.tool = &tool_vpdmn;
	put("sec", "secret");
	assert_int_equal(RUN("secret", "create", "-d", "file", "s", "sec"), 0);
	assert_non_null(strstr(engine_words(), "-d file s " STAGE_SMALL "/"));
	assert_true(str_starts(execs.v[execs.n - 1], "rm -rf -- " STAGE_SMALL "/"));
	assert_int_equal(RUN("secret", "create", "s", "-"), 0);
	assert_string_equal(engine_words(), "podman secret create s -");
	assert_true(stdin_given);
	assert_int_equal(RUN("secret", "create", "s", "none"), -1);
	assert_int_equal(RUN("volume", "import", "v", "sec"), 0);
	assert_string_equal(engine_words(), "podman volume import v -");
	assert_false(stdin_given);
}

static void host_mounts_are_refused_in_any_spelling(void **state)
{
	(void)state;
	assert_int_equal(RUN("run", "-v", "/a:/b", "i"), -1);
	assert_int_equal(RUN("run", "-v./a:/b", "i"), -1);
	assert_int_equal(RUN("run", "--mount", "TYPE=Bind,source=/a,target=/b", "i"), -1);
	assert_int_equal(RUN("run", "--mount", "\"type=bind\",\"src=/a,b\",target=/b",
			     "i"), -1);
	assert_non_null(strstr(error.msg, "'/a,b'"));
	assert_int_equal(vc_error_status(&error), VC_EXIT_ENGINE);
	assert_int_equal(execs.n, 0);
	assert_int_equal(RUN("run", "-v", "n:/b", "-v", "/c", "--mount",
			     "type=volume,src=n,dst=/d", "i"), 0);
	settings.tool = &tool_vpdmn;
	assert_int_equal(RUN("pod", "create", "-v", "/etc:/x"), -1);
}

static void stdin_is_left_alone(void **state)
{
	(void)state;
	RUN("run", "-dit", "a");
	assert_false(stdin_given);
	RUN("run", "-it", "a");
	assert_true(stdin_given);
	RUN("exec", "-d", "-i", "c", "cat");
	assert_false(stdin_given);
	RUN("system", "prune", "-af");
	assert_false(stdin_given);
	RUN("system", "prune");
	assert_true(stdin_given);
	RUN("login", "-u", "u", "-p", "p", "r");
	assert_false(stdin_given);
	RUN("login", "-u", "u", "--password-stdin", "r");
	assert_true(stdin_given);
	settings.tool = &tool_vpdmn;
	RUN("pod", "ps");
	assert_false(stdin_given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(save_leaves_out_the_output, setup),
		cmocka_unit_test_setup(failed_save_leaves_nothing, setup),
		cmocka_unit_test_setup(oci_archive_is_made_on_the_disk, setup),
		cmocka_unit_test_setup(cidfile_is_checked_first, setup),
		cmocka_unit_test_setup(written_files_come_back, setup),
		cmocka_unit_test_setup(read_words_are_staged, setup),
		cmocka_unit_test_setup(host_mounts_are_refused_in_any_spelling, setup),
		cmocka_unit_test_setup(stdin_is_left_alone, setup),
	};
	int r;

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	strv_release(&execs);
	vc_error_release(&error);
	if (chdir("/") == 0)
		remove_tree_at(AT_FDCWD, dir, &error);
	return r;
}
