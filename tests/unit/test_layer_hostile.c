/*
 * The hostile layers of tests/hostile, each as layers.expect there says: a
 * line a case, "NAME ok LISTING" with "; " between the lines of the listing
 * (layer_fixture.h; "..." for a long rest), or "NAME refused WORDS" of the error.
 */
#include "layer_fixture.h"

#include <ftw.h>

#include "vc/log.h"
#include "vc/spawn.h"
#include "vc/strv.h"

#define EXPECT "tests/hostile/layers.expect"

static const struct layer_limits limits = {
	.max_unpacked = 1ull << 30, .max_entries = 10000, .max_ratio = 200,
};

static char dir[64];

static int make_layers(void **state)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *python = NULL;

	(void)state;
	log_init("test", LOG_QUIET);
	snprintf(dir, sizeof(dir), "/tmp/vc-hostile-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	python = find_program("python3", "python3", &err);
	assert_non_null(python);
	strv_add(&argv, python);
	strv_add(&argv, "tests/hostile/make-layers.py");
	strv_add(&argv, dir);
	if (run_program(&argv, &err) < 0)
		fail_msg("%s", err.msg);
	return 0;
}

static int drop_layers(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };

	(void)state;
	return remove_tree_at(AT_FDCWD, dir, &err);
}

/* False when there is no such layer. */
static bool read_layer(const char *name, int i, struct buf *tar)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *path = xasprintf("%s/%s.%d.tar", dir, name, i);

	if (access(path, F_OK) < 0)
		return false;
	if (read_file_at(AT_FDCWD, path, 256u << 20, tar, &err) < 0)
		fail_msg("%s", err.msg);
	return true;
}

/* "ok ..." or "refused ...". */
static char *run_layers(const char *name)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *text = NULL;
	struct spool spool;
	int r = 0, i;
	char *got;

	spool_init(&spool, "/tmp");
	for (i = 0; r == 0; i++) {
		_cleanup_buf_ struct buf tar = BUF_INIT;

		if (!read_layer(name, i, &tar))
			break;
		r = lf_layer(t, &tar, (uint32_t)i, &limits, &spool, &err);
	}
	assert_true(i > 0);
	if (r == 0)
		text = lf_listing(t);
	got = r < 0 ? xasprintf("refused %s", err.msg) :
		      xasprintf("ok %s", *text ? text : "(nothing)");
	spool_release(&spool);
	return got;
}

/* Lines into one. */
static void join(char **text)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *save = NULL;

	for (char *l = strtok_r(*text, "\n", &save); l;
	     l = strtok_r(NULL, "\n", &save))
		buf_printf(&out, "%s%s", out.len ? "; " : "", l);
	free(*text);
	*text = buf_steal(&out);
}

static bool is_as_expected(const char *got, const char *want)
{
	if (str_starts(want, "refused "))
		return str_starts(got, "refused ") &&
		       strstr(got, want + strlen("refused "));
	if (str_ends(want, "..."))
		return !strncmp(got, want, strlen(want) - 3);
	return str_eq(got, want);
}

static void each_as_expected(void **state)
{
	FILE *f = fopen(EXPECT, "re");
	int cases = 0, wrong = 0;
	char line[1000];

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		_cleanup_free_ char *got = NULL;
		char *want = strchr(line, ' ');

		if (*line == '#')
			continue;
		assert_non_null(want);
		*want++ = '\0';
		want[strcspn(want, "\n")] = '\0';
		got = run_layers(line);
		join(&got);
		cases++;
		if (is_as_expected(got, want))
			continue;
		print_error("%s %s\n  instead of %s\n", line, got, want);
		wrong++;
	}
	fclose(f);
	assert_true(cases > 100);
	assert_int_equal(wrong, 0);
}

static char *expected;

static int is_listed(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	_cleanup_free_ char *name = xstrdup(path + ftw->base);
	char *dot = strstr(name, ".0.tar");

	(void)st;
	if (type != FTW_F || !dot)
		return 0;
	memcpy(dot, " ", 2);
	if (!strstr(expected, name))
		fail_msg("%s is not in " EXPECT, name);
	return 0;
}

/* No case without a verdict. */
static void all_are_listed(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(read_file_at(AT_FDCWD, EXPECT, 1 << 20, &b, &err), 0);
	expected = buf_ptr(&b);
	assert_int_equal(nftw(dir, is_listed, 8, FTW_PHYS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_listed),
		cmocka_unit_test(each_as_expected),
	};

	return cmocka_run_group_tests(tests, make_layers, drop_layers);
}
