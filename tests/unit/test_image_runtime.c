/* How an image wants to be run: what is taken and what is refused. */
#include "image_fixture.h"

#include "oci/runtime.h"

static int parse(const char *config, struct image_runtime *ret,
		 struct vc_error *err)
{
	_cleanup_free_ char *text = xasprintf("{\"config\":%s}", config);
	_cleanup_json_ struct json_object *o = jdoc_parse(text, strlen(text),
							  err);

	return o ? runtime_parse(o, ret, err) : -1;
}

static char *joined(const struct strv *s)
{
	struct buf b = BUF_INIT;

	buf_add(&b, "", 0);
	for (size_t i = 0; i < s->n; i++)
		buf_printf(&b, "%s%s", i ? "|" : "", s->v[i]);
	return buf_steal(&b);
}

static void words(void **state)
{
	static const struct {
		const char *config, *entrypoint, *cmd, *env;
	} cases[] = {
		{ "null", "", "", "" },
		{ "{}", "", "", "" },
		{ "{\"Entrypoint\":null,\"Cmd\":null,\"Env\":null}", "", "", "" },
		{ "{\"Entrypoint\":[\"/a\",\"\"],\"Cmd\":[\"b c\"]}", "/a|",
		  "b c", "" },
		/* docker's old form: one word, not a line for a shell */
		{ "{\"Entrypoint\":\"/a b\",\"Cmd\":\"c\"}", "/a b", "c", "" },
		{ "{\"Entrypoint\":[],\"Cmd\":[\"c\"]}", "", "c", "" },
		{ "{\"Entrypoint\":[\"\"],\"Cmd\":[\"c\"]}", "", "c", "" },
		{ "{\"Cmd\":[\"\xc3\xa9\",\"a\\nb\"]}", "", "\xc3\xa9|a\nb", "" },
		{ "{\"Env\":[\"A=1\",\"B\",\"=C\",\"D=x\\ny\",\"\",\"E=\","
		  "\"A=2\"]}", "", "", "A=1|D=x\ny|E=|A=2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_free_ char *e = NULL, *c = NULL, *n = NULL;
		struct image_runtime r;

		if (parse(cases[i].config, &r, &err) < 0)
			fail_msg("%s: %s", cases[i].config, err.msg);
		e = joined(&r.entrypoint);
		c = joined(&r.cmd);
		n = joined(&r.env);
		assert_string_equal(e, cases[i].entrypoint);
		assert_string_equal(c, cases[i].cmd);
		assert_string_equal(n, cases[i].env);
		assert_string_equal(r.user, "");
		assert_string_equal(r.workdir, "/");
		assert_string_equal(r.stop_signal, "SIGTERM");
		image_runtime_release(&r);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *config, *words;
	} cases[] = {
		{ "[]", "'config' is of type array" },
		{ "{\"Cmd\":{}}", "'Cmd' is of type object" },
		{ "{\"Cmd\":[1]}", "'Cmd': entry 1 is of type int" },
		{ "{\"Cmd\":[\"a\\u0000b\"]}", "has a NUL" },
		{ "{\"Entrypoint\":[\"\",\"x\"]}", "begins with an empty word" },
		{ "{\"Cmd\":[\"\",\"x\"]}", "'Cmd' begins with an empty word" },
		{ "{\"Env\":\"A=1\"}", "'Env' is of type string" },
		{ "{\"Env\":[\"A=\\u0000\"]}", "'Env': 'an entry' has a NUL" },
		{ "{\"User\":7}", "'User' is of type int" },
		{ "{\"User\":\"4294967296:0\"}", "neither a name nor a number" },
		{ "{\"WorkingDir\":\"/proc/self/fd/7\"}", "tree of the kernel" },
		{ "{\"StopSignal\":\"SIGNONE\"}", "is no signal" },
		{ "{\"Volumes\":[\"/x\"]}", "'Volumes' is of type array" },
		{ "{\"ExposedPorts\":\"80\"}", "'ExposedPorts' is of type" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		struct image_runtime r;

		assert_int_equal(parse(cases[i].config, &r, &err), -1);
		if (!strstr(err.msg, cases[i].words))
			fail_msg("'%s' is not in: %s", cases[i].words, err.msg);
	}
}

static void limits(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_error_ struct vc_error other = { 0 };
	struct image_runtime r;

	(void)state;
	buf_add_str(&b, "{\"Env\":[\"A=");
	for (int i = 0; i < 140000; i++)
		buf_add_char(&b, 'x');
	buf_add_str(&b, "\"]}");
	assert_int_equal(parse(buf_ptr(&b), &r, &err), -1);
	assert_non_null(strstr(err.msg, "131071 at most"));
	buf_clear(&b);
	buf_add_str(&b, "{\"Cmd\":[\"\"");
	for (int i = 0; i < 5000; i++)
		buf_add_str(&b, ",\"\"");
	buf_add_str(&b, "]}");
	assert_int_equal(parse(buf_ptr(&b), &r, &other), -1);
	assert_non_null(strstr(other.msg, "4096 at most"));
}

static void users(void **state)
{
	static const char *const good[] = {
		"", "0", "1000", "1000:1000", "nobody", "www-data:www-data",
		"4294967294", "65534:root", ":100", "j.doe", "user$",
	};
	static const char *const bad[] = {
		"4294967295", "4294967296", "99999999999999999999", "-1", "+0",
		"0:4294967296", "a:b:c", "a:", "a b", "a\nb", "../x", "-x",
		"a:-5", "\033[2J",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_error_ struct vc_error err = { 0 };

		if (user_check(good[i], &err) < 0)
			fail_msg("%s", err.msg);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_error_ struct vc_error err = { 0 };

		if (user_check(bad[i], &err) == 0)
			fail_msg("'%s' was accepted", bad[i]);
		assert_null(strpbrk(err.msg, "\n\033"));
	}
}

static void workdirs(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: refused */
	} cases[] = {
		{ "", "/" },		   { "/", "/" },
		{ "app", "/app" },	   { "/app/", "/app" },
		{ "//a///b/./c", "/a/b/c" }, { "/a/../b", "/b" },
		{ "../../../etc", "/etc" }, { "/a/b/../../..", "/" },
		{ "/..a/...", "/..a/..." }, { "/process", "/process" },
		{ "/a b\xc3\xa9", "/a b\xc3\xa9" },
		{ "/proc/self/fd/7", NULL }, { "/x/../proc/self/cwd", NULL },
		{ "proc", NULL },	   { "/dev/fd/3", NULL },
		{ "/sys", NULL },	   { "/a\nb", NULL },
		{ "/a\033[2J", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_free_ char *got = workdir_clean(cases[i].in, &err);

		if (!cases[i].want)
			assert_null(got);
		else if (!got)
			fail_msg("%s", err.msg);
		else
			assert_string_equal(got, cases[i].want);
	}
}

static void signals(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "SIGTERM", "SIGTERM" }, { "term", "SIGTERM" },
		{ "15", "SIGTERM" },	  { "9", "SIGKILL" },
		{ "SIGQUIT", "SIGQUIT" }, { "SIGWINCH", "SIGWINCH" },
		{ "SIGRTMIN+3", "SIGRTMIN+3" }, { "RTMIN", "SIGRTMIN" },
		{ "37", "SIGRTMIN+3" },	  { "SIGIOT", "SIGABRT" },
		{ "SIGRTMAX", "SIGRTMIN+30" },
		{ "", NULL },	 { "0", NULL },	       { "65", NULL },
		{ "-9", NULL },	 { "SIG", NULL },      { "SIGRTMIN+31", NULL },
		{ "33", NULL },	 { "SIGRTMIN-1", NULL }, { "TERM;reboot", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_free_ char *got = signal_name(cases[i].in, &err);

		if (!cases[i].want && got)
			fail_msg("'%s' gave '%s'", cases[i].in, got);
		else if (cases[i].want && !got)
			fail_msg("%s", err.msg);
		else if (got)
			assert_string_equal(got, cases[i].want);
	}
}

static void times(void **state)
{
	static const struct {
		const char *in;
		int64_t want; /* -1: refused */
	} cases[] = {
		{ "1970-01-01T00:00:01Z", 1 },
		{ "2024-02-29T12:00:00.123456789Z", 1709208000 },
		{ "2024-02-29T12:00:00+01:00", 1709204400 },
		{ "2024-02-29t12:00:00-00:30", 1709209800 },
		{ "2106-02-07T06:28:16Z", 4294967296 },
		{ "0001-01-01T00:00:00Z", 0 },
		{ "1969-12-31T23:59:59Z", 0 },
		{ "", -1 },		       { "2024", -1 },
		{ "2024-13-01T00:00:00Z", -1 }, { "2024-01-01T24:00:00Z", -1 },
		{ "2024-01-01T00:00:00", -1 },  { "2024-01-01T00:00:00.Z", -1 },
		{ "2024-01-01T00:00:00+1", -1 },
		{ "2024-01-01T00:00:00Zx", -1 }, { "99999-01-01T00:00:00Z", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		int64_t got = -1;

		if (time_parse(cases[i].in, &got, &err) < 0)
			assert_int_equal(cases[i].want, -1);
		else
			assert_int_equal(got, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),    cmocka_unit_test(refused),
		cmocka_unit_test(limits),   cmocka_unit_test(users),
		cmocka_unit_test(workdirs), cmocka_unit_test(signals),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
