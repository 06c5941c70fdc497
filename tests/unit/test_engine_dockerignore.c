/* Ignore files: moby's and buildah's own cases, and what bounds the walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine/build_pattern.h"
#include "engine/dockerignore.h"
#include "vc/util.h"

static bool excludes(const char *text, const char *path)
{
	struct dockerignore d;
	bool r;

	dockerignore_parse(&d, text, strlen(text));
	r = dockerignore_excludes(&d, path);
	dockerignore_release(&d);
	return r;
}

static bool keeps_below(const char *text, const char *dir)
{
	struct dockerignore d;
	bool r;

	dockerignore_parse(&d, text, strlen(text));
	r = dockerignore_keeps_below(&d, dir);
	dockerignore_release(&d);
	return r;
}

static void test_patterns(void **state)
{
	/* from moby/patternmatcher's TestMatches, with Go's reading of "**" */
	static const struct {
		const char *pattern, *path;
		bool match;
	} cases[] = {
		{ "**", "file", true },
		{ "**", "file/a", true },
		{ "dir/**", "dir/file", true },
		{ "dir/**", "dir", false },
		{ "dir/**", "dir2/file", false },
		{ "**/dir", "dir", true },
		{ "**/dir", "dir/file", false },
		{ "**/dir2/*", "dir/dir2/file", true },
		{ "**/dir2/*", "dir/dir2/dir3/file", false },
		{ "**/dir2/**", "dir/dir2/dir3/file", true },
		{ "**file", "file", true },
		{ "**file", "dir/file", true },
		{ "**file", "dir/afile", true },
		{ "**/file", "dir/file", true },
		{ "**/file", "afile", false },
		{ "**file*", "dir/file.txt", true },
		{ "**/**/*.txt", "dir/file.txt", true },
		{ "**/*.txt*", "dir/file.txt.bak", true },
		{ "a**/*.txt", "a/file.txt", true },
		{ "a**/*.txt", "a/b/c/file.txt", true },
		{ "a**/*.txt", "a/file.bin", false },
		{ "a[b-d]e", "ae", false },
		{ "a[b-d]e", "ace", true },
		{ "a[^b-d]e", "ace", false },
		{ "a[^b-d]e", "aze", true },
		{ "[\\]a]", "]", true },
		{ "[\\-]", "-", true },
		{ "[x\\-]", "z", false },
		{ "a\\*b", "a*b", true },
		{ "a\\*b", "axb", false },
		{ "a?b", "axb", true },
		{ "a?b", "a\xc3\xa9" "b", true },
		{ "a?b", "a/b", false },
		{ "a??b", "a\xc3\xa9" "b", false },
		{ "a[\xc3\xa0-\xc3\xbf]b", "a\xc3\xa9" "b", true },
		{ "*", "file", true },
		{ "*", "dir/file", false },
		{ "*.go", ".go", true },
		{ "*/*/c", "a/b/c", true },
		{ "a(b)c{d}.e+", "a(b)c{d}.e+", true },
		{ "a.c", "abc", false },
		{ "\xff", "\xff", true },
		{ "*\xff", "a\xff", true },
		{ "abc/def", "abc/def", true },
		{ "abc", "abcd", false },
		{ "", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (pattern_matches(cases[i].pattern, cases[i].path) != cases[i].match)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].path);
}

static void test_validity(void **state)
{
	(void)state;
	assert_true(pattern_is_valid("a[b-c]*\\d"));
	assert_false(pattern_is_valid("a[b"));
	assert_false(pattern_is_valid("a["));
	assert_false(pattern_is_valid("[^"));
	assert_false(pattern_is_valid("[\\"));
	assert_false(pattern_is_valid("a\\"));
}

/* Each would take ages if every way to match were tried. */
static void test_costly_patterns(void **state)
{
	_cleanup_free_ char *pattern = xcalloc(1, 256);
	_cleanup_free_ char *path = xcalloc(1, 512);

	(void)state;
	memset(path, 'a', 511);
	assert_false(pattern_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", path));
	for (size_t i = 1; i < 511; i += 2)
		path[i] = '/';
	assert_false(pattern_matches("**/a**/a**/a**/a**/a**/a**/a**/a**/b", path));
	memset(pattern, '*', 255);
	assert_true(pattern_matches(pattern, path));
	pattern[254] = 'b';
	assert_false(pattern_matches(pattern, path));
}

static void test_lines(void **state)
{
	(void)state;
	assert_true(excludes("\xef\xbb\xbf" "a\n", "a"));
	assert_true(excludes("# a\n  b  \r\n", "b"));
	assert_false(excludes("# a\n", "# a"));
	assert_true(excludes(" # a\n", "# a")); /* only in the first column */
	assert_true(excludes("\n\n/a/b/\n", "a/b"));
	assert_true(excludes("./a/../b", "b"));
	assert_true(excludes("a", "a")); /* no newline at the end */
	assert_false(excludes("", "a"));
	/* the engine will refuse these, and says why */
	assert_false(excludes("a\n!\n", "a"));
	assert_false(excludes("a\nb[\n", "a"));
}

static void test_what_is_below(void **state)
{
	(void)state;
	assert_true(excludes("dir", "dir/a/b"));
	assert_true(excludes("*", "dir/a"));
	assert_true(excludes("**/node_modules", "a/b/node_modules/x/y"));
	assert_false(excludes("dir/*.o", "dir/sub/x.o"));
	assert_true(excludes("*/temp*", "a/temporary.txt"));
	assert_false(excludes("*/temp*", "temporary.txt"));
}

static void test_exceptions(void **state)
{
	(void)state;
	assert_false(excludes("*\n!README*\n", "README.md"));
	assert_true(excludes("*\n!README*\n", "main.c"));
	assert_true(excludes("*.md\n!README*.md\nREADME-secret.md", "README-secret.md"));
	assert_false(excludes("*.md\nREADME-secret.md\n!README*.md", "README-secret.md"));
	assert_false(excludes("*\n!src\n", "src/a/b.c"));
	assert_false(excludes("*\n! src/**/*.c\n", "src/a/b.c"));
	assert_true(excludes("*\n!src/**/*.c\n", "src/a/b.h"));
	assert_true(excludes("*\n!src\nsrc/secret\n", "src/secret/key"));
	assert_false(excludes("docs\n!docs/README.md", "docs/README.md"));
	/* moby's two ways to look at parents differ here; what one of them
	 * keeps is sent */
	assert_false(excludes("d\n!d/k\nd\n", "d/k"));
	assert_false(excludes("x/*\n!x\n", "x/y"));
}

static void test_walk_is_bounded(void **state)
{
	(void)state;
	assert_false(keeps_below("node_modules\n", "node_modules"));
	assert_false(keeps_below("*\n!src\n", "node_modules"));
	assert_true(keeps_below("*\n!src/a\n", "src"));
	assert_false(keeps_below("*\n!src/a\n", "src/b"));
	assert_false(keeps_below("*\n!src\n", "src/b"));
	assert_true(keeps_below("*\n!src/*/c\n", "src/b"));
	assert_true(keeps_below("*\n!**/*.md\n", "any/where"));
	assert_true(keeps_below("*\n!s?c/x\n", "src"));
	assert_false(keeps_below("*\n!srcs/a\n", "src"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_validity),
		cmocka_unit_test(test_costly_patterns),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_what_is_below),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_walk_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
