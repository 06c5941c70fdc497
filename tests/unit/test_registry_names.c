/* Names, URLs and redirects, retries, the head of an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "registry/job.h"
#include "registry/name.h"
#include "registry/partial.h"
#include "registry/url.h"
#include "vc/util.h"

#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void names(void **state)
{
	static const struct {
		const char *in, *want, *api; /* NULL: refused */
	} cases[] = {
		{ "busybox", "docker.io/library/busybox:latest", "registry-1.docker.io" },
		{ "busybox:1", "docker.io/library/busybox:1", "registry-1.docker.io" },
		{ "a/b", "docker.io/a/b:latest", "registry-1.docker.io" },
		{ "docker.io/x", "docker.io/library/x:latest", "registry-1.docker.io" },
		{ "index.docker.io/x", "docker.io/library/x:latest", "registry-1.docker.io" },
		{ "quay.io/a", "quay.io/a:latest", "quay.io" },
		{ "localhost/a", "localhost/a:latest", "localhost" },
		{ "localhost:5000/a", "localhost:5000/a:latest", "localhost:5000" },
		/* no slash, so it is a tag */
		{ "localhost:5000", "docker.io/library/localhost:5000", "registry-1.docker.io" },
		{ "host/a", "docker.io/host/a:latest", "registry-1.docker.io" },
		{ "HOST/a", "HOST/a:latest", "HOST" },
		{ "[::1]:5000/x:y", "[::1]:5000/x:y", "[::1]:5000" },
		{ "x@" EMPTY, "docker.io/library/x@" EMPTY, "registry-1.docker.io" },
		{ "x:1@" EMPTY, "docker.io/library/x:1", "registry-1.docker.io" },
		{ "h.x:0/a", NULL, NULL },
		{ "h.x:65536/a", NULL, NULL },
		{ "h.x:/a", NULL, NULL },
		{ "https://h.x/a", NULL, NULL },
		{ "user@h.x/a", NULL, NULL },
		{ "x@sha256:abc", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_remote_name_ struct remote_name n = { 0 };
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_free_ char *text = NULL;

		if (remote_name_parse(cases[i].in, &n, &err) < 0) {
			if (cases[i].want)
				fail_msg("'%s': %s", cases[i].in, err.msg);
			continue;
		}
		if (!cases[i].want)
			fail_msg("'%s' was taken", cases[i].in);
		text = remote_name_text(&n);
		assert_string_equal(text, cases[i].want);
		assert_string_equal(registry_api_host(n.host), cases[i].api);
	}
}

static void a_digest_counts_more_than_a_tag(void **state)
{
	_cleanup_remote_name_ struct remote_name n = { 0 };
	_cleanup_error_ struct vc_error err = { 0 };

	(void)state;
	assert_int_equal(remote_name_parse("x:1@" EMPTY, &n, &err), 0);
	assert_string_equal(remote_name_version(&n), EMPTY);
}

static void long_names(void **state)
{
	_cleanup_remote_name_ struct remote_name n = { 0 };
	_cleanup_error_ struct vc_error err = { 0 };
	char name[250];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	/* short enough, until "docker.io/library/" is before it */
	assert_int_equal(remote_name_parse(name, &n, &err), -1);
	name[255 - strlen("docker.io/library/")] = '\0';
	assert_int_equal(remote_name_parse(name, &n, &err), 0);
}

static void redirects(void **state)
{
	static const struct {
		const char *from, *to, *want; /* NULL: refused */
		bool same;
	} cases[] = {
		{ "https://a/v2/x", "/y", "https://a/y", true },
		{ "https://a/v2/x", "y?z=1", "https://a/v2/y?z=1", true },
		{ "https://a/v2/x", "https://A:443/y", "https://A:443/y", true },
		{ "https://a/x", "https://a:444/x", "https://a:444/x", false },
		{ "https://a/x", "https://b/x", "https://b/x", false },
		{ "https://a/x", "//b/x", "https://b/x", false },
		{ "https://a/x", "https://a.b/x", "https://a.b/x", false },
		{ "http://a/x", "http://b/x", "http://b/x", false },
		{ "http://a/x", "https://a/x", "https://a/x", false },
		{ "https://a/x", "http://a/x", NULL, false },
		{ "https://a/x", "http://b/x", NULL, false },
		{ "https://a/x", "file:///etc/passwd", NULL, false },
		{ "https://a/x", "ftp://a/x", NULL, false },
		{ "https://a/x", "https://u:p@a/x", NULL, false },
		{ "https://a/x", "https://u@b/x", NULL, false },
		{ "https://a/x", "https:///x\r\nX: y", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_free_ char *got = NULL;
		bool same = !cases[i].same;

		got = redirect_resolve(cases[i].from, cases[i].to, &same, &err);
		if (!cases[i].want) {
			if (got)
				fail_msg("'%s' led to '%s'", cases[i].to, got);
			assert_non_null(err.msg);
			continue;
		}
		if (!got)
			fail_msg("'%s': %s", cases[i].to, err.msg);
		assert_string_equal(got, cases[i].want);
		assert_int_equal(same, cases[i].same);
	}
}

static void hosts_of_origins(void **state)
{
	static const struct {
		const char *url, *host;
	} cases[] = {
		{ "https://a/x", "a" },	      { "https://a:443/x", "a" },
		{ "https://a:80/x", "a:80" }, { "http://a:80/", "a" },
		{ "http://[::1]:5000/x", "[::1]:5000" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_origin_ struct origin o = { 0 };
		_cleanup_free_ char *host = NULL;

		assert_int_equal(origin_of(cases[i].url, &o, &err), 0);
		host = origin_host(&o);
		assert_string_equal(host, cases[i].host);
	}
}

static void delays(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 40; n++) {
		int64_t full = n < 6 ? 500 << n : 30000;

		assert_int_equal(retry_delay(n, 0), full / 2);
		for (unsigned dice = 1; dice; dice *= 3) {
			assert_true(retry_delay(n, dice) >= full / 2);
			assert_true(retry_delay(n, dice) <= full);
			if (dice > UINT32_MAX / 3)
				break;
		}
	}
}

static void heads(void **state)
{
	static const char *const lines[] = {
		"HTTP/1.1 103 Early Hints\r\n", "Location: /early\r\n", "\r\n",
		"HTTP/1.1 401 Unauthorized\r\n", "content-TYPE:\t text/plain \r\n",
		"Content-Type: second\r\n", "WWW-Authenticate: Basic realm=\"x\"\r\n",
		"www-authenticate: Bearer realm=\"y\"\r\n", "Contents: no\r\n", ":\r\n", "\r\n",
	};
	struct response r = { .length = LENGTH_UNKNOWN };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		response_line(&r, lines[i], strlen(lines[i]));
	assert_null(r.location);
	assert_string_equal(r.content_type, "text/plain");
	assert_int_equal(r.challenges.n, 2);
	assert_string_equal(r.challenges.v[1], "Bearer realm=\"y\"");
	response_release(&r);
}

static void ranges(void **state)
{
	static const struct {
		const char *value;
		uint64_t from, size;
		bool good;
	} cases[] = {
		{ "bytes 5-9/10", 5, 10, true },   { "Bytes 5-9/*", 5, 10, true },
		{ "bytes 5-9/11", 5, 10, false },  { "bytes 4-9/10", 5, 10, false },
		{ "bytes 5-8/10", 5, 10, false },  { "bytes 5-9", 5, 10, false },
		{ "bytes */10", 5, 10, false },	   { "bytes 5-9/10 ", 5, 10, false },
		{ "bytes -5/10", 5, 10, false },   { "items 5-9/10", 5, 10, false },
		{ "", 5, 10, false },		   { NULL, 5, 10, false },
		{ "bytes 5-18446744073709551615/0", 5, 0, false },
		{ "bytes 5-99999999999999999999/10", 5, 10, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (content_range_is(cases[i].value, cases[i].from, cases[i].size) !=
		    cases[i].good)
			fail_msg("'%s'", cases[i].value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(a_digest_counts_more_than_a_tag),
		cmocka_unit_test(long_names),
		cmocka_unit_test(redirects),
		cmocka_unit_test(hosts_of_origins),
		cmocka_unit_test(delays),
		cmocka_unit_test(heads),
		cmocka_unit_test(ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
