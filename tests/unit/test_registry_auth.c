/* Challenges, auth files, tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "registry/auth_challenge.h"
#include "registry/auth_file.h"
#include "registry/session.h"
#include "vc/util.h"

static void challenges(void **state)
{
	static const struct {
		const char *header;
		int n; /* -1: malformed */
		enum auth_scheme scheme; /* of the last */
		const char *realm, *service;
	} cases[] = {
		{ "Basic realm=\"a b\"", 1, AUTH_BASIC, "a b", NULL },
		{ "basic realm=word", 1, AUTH_BASIC, "word", NULL },
		{ "Bearer realm=\"https://x/t\",service=\"s\"", 1, AUTH_BEARER, "https://x/t", "s" },
		{ "Bearer  service = \"s\" , REALM=\"r\"", 1, AUTH_BEARER, "r", "s" },
		{ "Basic", 1, AUTH_BASIC, NULL, NULL },
		{ "Negotiate, Basic realm=\"a, Bearer b\"", 2, AUTH_BASIC, "a, Bearer b", NULL },
		{ "Negotiate YII/+==, Bearer realm=r", 2, AUTH_BEARER, "r", NULL },
		{ "Basic realm=a, Bearer realm=b", 2, AUTH_BEARER, "b", NULL },
		{ "Bearer realm=\"a\\\"b\"", 1, AUTH_BEARER, "a\"b", NULL },
		{ "Bearer future=\"x\", realm=r", 1, AUTH_BEARER, "r", NULL },
		{ "", 0, AUTH_OTHER, NULL, NULL },
		{ " ,, ", 0, AUTH_OTHER, NULL, NULL },
		{ "Bearer realm=\"x", -1, AUTH_OTHER, NULL, NULL },
		{ "Bearer realm=\"x\\", -1, AUTH_OTHER, NULL, NULL },
		{ "Bearer realm=a,realm=b", -1, AUTH_OTHER, NULL, NULL },
		{ "Bearer realm=\"a\nb\"", -1, AUTH_OTHER, NULL, NULL },
		/* that is a token68 */
		{ "Bearer realm=", 1, AUTH_BEARER, NULL, NULL },
		{ "Bearer a=b,realm=", -1, AUTH_OTHER, NULL, NULL },
		{ "\"quoted\"", -1, AUTH_OTHER, NULL, NULL },
		{ "a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q", -1, AUTH_OTHER, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_challenges_ struct challenges c = { 0 };
		_cleanup_error_ struct vc_error err = { 0 };
		int r = challenges_parse(&c, cases[i].header, &err);
		const struct challenge *last;

		if ((r < 0) != (cases[i].n < 0) || (r == 0 && c.n != (size_t)cases[i].n))
			fail_msg("'%s': %d, %zu", cases[i].header, r, c.n);
		if (r < 0 || !c.n)
			continue;
		last = &c.v[c.n - 1];
		assert_int_equal(last->scheme, cases[i].scheme);
		if (!str_eq(last->realm, cases[i].realm) ||
		    !str_eq(last->service, cases[i].service))
			fail_msg("'%s': realm '%s'", cases[i].header, last->realm);
	}
}

static void keys(void **state)
{
	static const struct {
		const char *key, *host, *path;
		size_t want;
	} cases[] = {
		{ "h:5", "h:5", "a/b", 1 },
		{ "h:5/a", "h:5", "a/b", 2 },
		{ "h:5/a/b", "h:5", "a/b", 4 },
		{ "h:5/a/b/c", "h:5", "a/b", 0 },
		{ "h:5/a/", "h:5", "a/b", 0 },
		{ "h:5/ab", "h:5", "a/b", 0 },
		{ "h", "h:5", "a/b", 0 },
		{ "h:5", "h", "a/b", 0 },
		{ "https://h:5", "h:5", "a", 1 },
		{ "https://h:5/v1/", "h:5", "a", 1 },
		{ "https://index.docker.io/v1/", "docker.io", "library/x", 1 },
		{ "registry-1.docker.io", "docker.io", "library/x", 1 },
		{ "docker.io/library", "docker.io", "library/x", 8 },
		{ "https://evil/docker.io", "docker.io", "x", 0 },
		{ "", "docker.io", "x", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (auth_key_match(cases[i].key, cases[i].host, cases[i].path) !=
		    cases[i].want)
			fail_msg("'%s' for '%s/%s'", cases[i].key, cases[i].host,
				 cases[i].path);
}

/* "user:password token helper", or NULL when refused. */
static char *look_for(const char *json, const char *host, const char *path)
{
	_cleanup_auth_found_ struct auth_found f = { 0 };
	_cleanup_error_ struct vc_error err = { 0 };

	if (auth_file_find(json, strlen(json), host, path, &f, &err) < 0)
		return NULL;
	return xasprintf("%s:%s %s %s", f.c.user ? f.c.user : "-",
			 f.c.password ? f.c.password : "-",
			 f.c.identity_token ? f.c.identity_token : "-",
			 f.helper ? f.helper : "-");
}

static void files(void **state)
{
	static const struct {
		const char *json, *want; /* for a/b on h:5 */
	} cases[] = {
		{ "{}", "-:- - -" },
		{ "{\"auths\":{}}", "-:- - -" },
		{ "{\"auths\":{\"h:5\":{}}}", "-:- - -" },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"dTpw\"}}}", "u:p - -" },
		/* a colon in the password is the password's */
		{ "{\"auths\":{\"h:5\":{\"auth\":\"dTpwOnE=\"}}}", "u:p:q - -" },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"dTo=\"}}}", "u: - -" },
		{ "{\"auths\":{\"x\":{\"auth\":\"dTpw\"}}}", "-:- - -" },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"dTpw\"},\"h:5/a\":{\"auth\":\"djpx\"}}}",
		  "v:q - -" },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"dTpw\"},\"h:5/c\":{\"auth\":\"djpx\"}}}",
		  "u:p - -" },
		{ "{\"auths\":{\"h:5\":{\"username\":\"u\",\"password\":\"p\"}}}", "u:p - -" },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"dTpw\",\"identitytoken\":\"t\"}}}", "u:p t -" },
		{ "{\"credsStore\":\"s\",\"auths\":{\"h:5\":{\"auth\":\"dTpw\"}}}", "u:p - s" },
		{ "{\"credsStore\":\"s\",\"credHelpers\":{\"h:5\":\"h\"}}", "-:- - h" },
		{ "{\"credsStore\":\"s\",\"credHelpers\":{\"x\":\"h\"}}", "-:- - s" },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"dQ==\"}}}", NULL },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"OnA=\"}}}", NULL },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"dTp\"}}}", NULL },
		{ "{\"auths\":{\"h:5\":{\"auth\":\"d%p=\"}}}", NULL },
		{ "{\"auths\":{\"h:5\":7}}", NULL },
		{ "{\"auths\":[]}", NULL },
		{ "{\"credHelpers\":{\"h:5\":{}}}", NULL },
		{ "[]", NULL },
		{ "{", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = look_for(cases[i].json, "h:5", "a/b");

		if (!str_eq(got, cases[i].want))
			fail_msg("%s gave '%s'", cases[i].json, got);
	}
}

static void errors_keep_secrets(void **state)
{
	static const char json[] = "{\"auths\":{\"h\":{\"auth\":\"c2VjcmV0d29yZA==\"}}}";
	_cleanup_auth_found_ struct auth_found f = { 0 };
	_cleanup_error_ struct vc_error err = { 0 };

	(void)state;
	assert_int_equal(auth_file_find(json, strlen(json), "h", "x", &f, &err), -1);
	assert_null(strstr(err.msg, "c2VjcmV0"));
	assert_null(strstr(err.msg, "secretword"));
}

static void credentials_given(void **state)
{
	_cleanup_credentials_ struct credentials c = { 0 };
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *basic = NULL;

	(void)state;
	assert_int_equal(credentials_parse(":p", &c, &err), -1);
	assert_int_equal(credentials_parse("", &c, &err), -1);
	assert_int_equal(credentials_parse("u:p:q", &c, &err), 0);
	assert_string_equal(c.password, "p:q");
	basic = credentials_basic(&c);
	assert_string_equal(basic, "Basic dTpwOnE=");
}

static void tokens(void **state)
{
	static const struct {
		const char *json, *want;
	} cases[] = {
		{ "{\"token\":\"a.b-c\"}", "a.b-c" },
		{ "{\"access_token\":\"x\"}", "x" },
		{ "{\"token\":\"t\",\"access_token\":\"x\"}", "t" },
		{ "{\"token\":\"\",\"access_token\":\"x\"}", "x" },
		{ "{}", NULL },
		{ "{\"token\":\"\"}", NULL },
		{ "{\"token\":7}", NULL },
		{ "{\"token\":\"a\\r\\nX: y\"}", NULL },
		{ "{\"token\":\"a b\"}", NULL },
		{ "{\"token\":\"a\\u0000b\"}", NULL },
		{ "{\"token\":\"\\u00e4\"}", NULL },
		{ "{\"token\":\"a\",\"token\":\"b\"}", NULL },
		{ "[]", NULL },
		{ "<html>", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_free_ char *got = token_parse(cases[i].json,
						       strlen(cases[i].json), &err);

		if (!str_eq(got, cases[i].want))
			fail_msg("%s gave '%s'", cases[i].json, got);
		assert_true(got || err.msg);
	}
}

static void where_auth_files_are(void **state)
{
	struct registry_options o = { 0 };
	_cleanup_strv_ struct strv usual = STRV_INIT;
	_cleanup_strv_ struct strv named = STRV_INIT;
	_cleanup_strv_ struct strv given = STRV_INIT;
	bool must_exist;

	(void)state;
	setenv("HOME", "/h", 1);
	setenv("XDG_RUNTIME_DIR", "/run/u", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("REGISTRY_AUTH_FILE");
	setenv("DOCKER_CONFIG", "/d", 1);
	auth_file_paths(&o, &usual, &must_exist);
	assert_false(must_exist);
	assert_int_equal(usual.n, 3);
	assert_string_equal(usual.v[0], "/run/u/containers/auth.json");
	assert_string_equal(usual.v[1], "/h/.config/containers/auth.json");
	assert_string_equal(usual.v[2], "/d/config.json");
	setenv("REGISTRY_AUTH_FILE", "/r", 1);
	auth_file_paths(&o, &named, &must_exist);
	assert_true(must_exist);
	assert_string_equal(named.v[0], "/r");
	o.authfile = "/given";
	auth_file_paths(&o, &given, &must_exist);
	assert_int_equal(given.n, 1);
	assert_string_equal(given.v[0], "/given");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenges),
		cmocka_unit_test(keys),
		cmocka_unit_test(files),
		cmocka_unit_test(errors_keep_secrets),
		cmocka_unit_test(credentials_given),
		cmocka_unit_test(tokens),
		cmocka_unit_test(where_auth_files_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
