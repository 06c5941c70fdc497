/* Which words of an engine's command line are options, values, the image and
 * the container's own; and when standard input is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "engine/call.h"
#include "vc/engine.h"
#include "vc/util.h"

#define CALL(...) begin((char *[]){ __VA_ARGS__, NULL })

static struct settings settings = { .tool = &tool_vdkr };
static struct engine_call call;

static void begin(char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	call_init(&call, &settings, n, argv);
	engine_environment(&call);
}

static const char *word(size_t i)
{
	assert_true(i < call.scan.n_words);
	return call.argv.v[call.scan.words[i]];
}

static const char *value(const char *name)
{
	const struct scan_option *o = scan_find(&call.scan, name);

	return o ? o->value : NULL;
}

static int teardown(void **state)
{
	(void)state;
	call_release(&call);
	return 0;
}

static void container_argv_is_its_own(void **state)
{
	(void)state;
	CALL("run", "--rm", "alpine", "grep", "-v", "x", "--volume=/a:/b", "-i");
	assert_string_equal(word(0), "alpine");
	assert_int_equal(call.scan.n_words, 6);
	assert_null(scan_find(&call.scan, "volume"));
	assert_false(engine_reads_stdin(&call));
}

static void letters_in_one_word(void **state)
{
	(void)state;
	CALL("run", "-itp8080:80", "-eA=1", "-v", "data:/d", "img");
	assert_true(scan_flag(&call.scan, "interactive"));
	assert_true(scan_flag(&call.scan, "tty"));
	assert_string_equal(value("publish"), "8080:80");
	assert_string_equal(value("env"), "A=1");
	assert_string_equal(value("volume"), "data:/d");
	assert_string_equal(word(0), "img");
	assert_true(engine_reads_stdin(&call));
}

static void flags_with_values(void **state)
{
	(void)state;
	CALL("run", "-i=false", "--tty=true", "--name", "-x", "img");
	assert_false(scan_flag(&call.scan, "interactive"));
	assert_true(scan_flag(&call.scan, "tty"));
	assert_string_equal(value("name"), "-x");
	assert_string_equal(word(0), "img");
}

static void double_dash(void **state)
{
	(void)state;
	CALL("run", "--", "-i");
	assert_string_equal(word(0), "-i");
	assert_false(engine_reads_stdin(&call));
}

static void options_after_words(void **state)
{
	(void)state;
	CALL("save", "a", "-o", "f.tar", "b");
	assert_string_equal(value("output"), "f.tar");
	assert_int_equal(call.scan.n_words, 2);
	assert_string_equal(word(1), "b");
}

static void missing_value(void **state)
{
	(void)state;
	CALL("run", "--name");
	assert_int_equal(call.scan.n_options, 1);
	assert_null(value("name"));
}

static void who_reads_stdin(void **state)
{
	static const struct {
		char *argv[6];
		bool reads;
	} cases[] = {
		{ { "images" }, false },
		{ { "logs", "-f", "x" }, false },
		{ { "exec", "x", "cat" }, false },
		{ { "exec", "-ti", "x", "sh" }, true },
		{ { "container", "exec", "--interactive", "x", "sh" }, true },
		{ { "attach", "x" }, true },
		{ { "attach", "--no-stdin", "x" }, false },
		{ { "start", "-ai", "x" }, true },
		{ { "start", "x" }, false },
		{ { "load" }, true },
		{ { "image", "load" }, true },
		{ { "import", "f.tar" }, false },
		{ { "import", "-", "name" }, true },
		{ { "build", "-" }, true },
		{ { "build", "-f", "-", "." }, true },
		{ { "build", "-f-", "." }, true },
		{ { "build", "--file=-", "." }, true },
		{ { "build", "." }, false },
		{ { "secret", "create", "n", "-" }, true },
		{ { "system", "prune" }, true },
		{ { "system", "df" }, false },
		{ { "login", "--password-stdin" }, true },
		{ { "a-plugin" }, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin((char **)cases[i].argv);
		if (engine_reads_stdin(&call) != cases[i].reads)
			fail_msg("case %zu: '%s'", i, cases[i].argv[0]);
		call_release(&call);
	}
	CALL("ps");
}

static void variables_of_the_caller(void **state)
{
	(void)state;
	setenv("VC_TEST_A", "x  y", 1);
	setenv("PATH", "/here", 1);
	unsetenv("LANG");
	CALL("run", "-e", "VC_TEST_A", "-e", "PATH", "-ieLANG", "img", "-e", "HOME");
	assert_true(strv_contains(&call.env, "VC_TEST_A=x  y"));
	assert_false(strv_contains(&call.env, "PATH=/here"));
	assert_string_equal(call.argv.v[3], "VC_TEST_A");
	assert_string_equal(call.argv.v[5], "PATH=/here");
	assert_string_equal(call.argv.v[6], "-ieVCONTAINER_NOT_SET");
	assert_string_equal(call.argv.v[9], "HOME");
}

static void volumes(void **state)
{
	static const struct {
		char *option, *value;
		bool passes;
	} cases[] = {
		{ "-v", "data:/d", true },
		{ "-v", "/d", true },
		{ "-v", "/host:/d", false },
		{ "-v", "./host:/d:ro", false },
		{ "--volume", "..:/d", false },
		{ "--mount", "type=volume,src=a,dst=/d", true },
		{ "--mount", "type=tmpfs,dst=/d", true },
		{ "--mount", "type=bind,src=/a,dst=/d", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };

		CALL("run", cases[i].option, cases[i].value, "img");
		assert_int_equal(engine_check_mounts(&call, &err),
				 cases[i].passes ? 0 : -1);
		if (!cases[i].passes)
			assert_int_equal(err.status, 125);
		call_release(&call);
	}
	/* in the container's words it is none of our business */
	CALL("run", "img", "-v", "/host:/d");
	{
		_cleanup_error_ struct vc_error err = { 0 };

		assert_int_equal(engine_check_mounts(&call, &err), 0);
	}
}

static bool has_command(char **argv)
{
	_cleanup_strv_ struct strv run = STRV_INIT;

	strv_add_all(&run, argv);
	return engine_run_has_command(&run);
}

static void a_command_clears_the_entrypoint(void **state)
{
	(void)state;
	assert_false(has_command((char *[]){ "run", "--rm", "img", NULL }));
	assert_true(has_command((char *[]){ "run", "-e", "A", "img", "ls", NULL }));
	assert_false(has_command((char *[]){ "run", "--entrypoint", "/x", "img", "a",
					     NULL }));
	CALL("ps");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(container_argv_is_its_own, teardown),
		cmocka_unit_test_teardown(letters_in_one_word, teardown),
		cmocka_unit_test_teardown(flags_with_values, teardown),
		cmocka_unit_test_teardown(double_dash, teardown),
		cmocka_unit_test_teardown(options_after_words, teardown),
		cmocka_unit_test_teardown(missing_value, teardown),
		cmocka_unit_test_teardown(who_reads_stdin, teardown),
		cmocka_unit_test_teardown(variables_of_the_caller, teardown),
		cmocka_unit_test_teardown(volumes, teardown),
		cmocka_unit_test_teardown(a_command_clears_the_entrypoint, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
