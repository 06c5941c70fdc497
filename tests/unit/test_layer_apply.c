/* Layers into a tree: what the image spec says, and what hostile layers try. */
#include "layer_fixture.h"

#define MAX_LAYERS 3

struct apply_case {
	const char *title;
	const char *layers[MAX_LAYERS];
	const char *want; /* a listing; when it begins with '!', words of the
			   * error */
};

static void check(const struct apply_case *c, const char *got, bool failed)
{
	if (*c->want == '!' ? !failed || !strstr(got, c->want + 1) :
			      strcmp(got, c->want) != 0)
		fail_msg("%s: got\n%s\ninstead of\n%s", c->title, got, c->want);
}

static void run_case(const struct apply_case *c)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *got = NULL;
	struct spool spool;
	int r = 0;

	spool_init(&spool, "/tmp");
	for (uint32_t i = 0; i < MAX_LAYERS && c->layers[i] && r == 0; i++) {
		_cleanup_buf_ struct buf tar = BUF_INIT;

		lf_tar(&tar, c->layers[i]);
		lf_end(&tar);
		r = lf_layer(t, &tar, i, NULL, &spool, &err);
	}
	got = r < 0 ? xstrdup(err.msg) : lf_listing(t);
	spool_release(&spool);
	check(c, got, r < 0);
}

static void run_cases(const struct apply_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		run_case(&c[i]);
}

static void objects(void **state)
{
	static const struct apply_case cases[] = {
		{ "every type",
		  { "d d mode=1777 own=5:6\nf d/f mode=4755 own=1:2 data=hi\n"
		    "s l to=/d/f\nh h to=d/f\nc null dev=1:3 mode=666\n"
		    "b disk dev=8:1\np pipe mtime=-5" },
		  "d d 1777 5:6\nf d/f 'hi' 4755 1:2 links=2\n"
		  "b disk 8:1\nf h 'hi' 4755 1:2 links=2\ns l -> /d/f\n"
		  "c null 1:3 666\np pipe @-5\n" },
		{ "mode 0000", { "f f mode=0\nd d mode=0" },
		  "d d 0\nf f 0\n" },
		{ "the root's own metadata", { "d ./ mode=700 own=3:4" },
		  "d / 700 3:4\n" },
		{ "'/' is the root", { "d / mode=711" }, "d / 711\n" },
		{ "names are normalised",
		  { "d ./a//\nf ./a/./b//c data=x\nf /abs" },
		  "d a\nd a/b @7\nf a/b/c 'x'\nf abs\n" },
		{ "missing parents", { "f a/b/c" },
		  "d a @7\nd a/b @7\nf a/b/c\n" },
		{ "a parent that comes later",
		  { "f a/b\nd a mode=700" }, "d a 700\nf a/b\n" },
		{ "attributes",
		  { "f f x:user.b=2 x:security.capability=1 "
		    "x:trusted.overlay.opaque=y x:user.overlay.redirect=z" },
		  "f f security.capability=1 trusted.overlay.opaque=y "
		  "user.b=2 user.overlay.redirect=z\n" },
		{ "a foreign attribute is left out",
		  { "f f x:com.apple.quarantine=1 x:user.=1" }, "f f\n" },
		{ "no layer", { "" }, "" },
	};

	(void)state;
	run_cases(cases, ARRAY_SIZE(cases));
}

static void replacing(void **state)
{
	static const struct apply_case cases[] = {
		{ "9: twice the same file", { "f f data=1\nf f data=2" },
		  "f f '2'\n" },
		{ "9: file over directory",
		  { "d d\nf d/x\nd d/e\nf d/e/y", "f d data=new" },
		  "f d 'new'\n" },
		{ "9: file over directory in one layer",
		  { "d d\nf d/x\nf d" }, "f d\n" },
		{ "9: directory over directory keeps what is in it",
		  { "d d x:user.a=1\nf d/x", "d d mode=700 own=1:1" },
		  "d d 700 1:1\nf d/x\n" },
		{ "9: directory over symbolic link",
		  { "d real\nf real/x\ns d to=real", "d d\nf d/y" },
		  "d d\nf d/y\nd real\nf real/x\n" },
		{ "9: directory over file", { "f d data=x", "d d\nf d/y" },
		  "d d\nf d/y\n" },
		{ "file over symbolic link, not through it",
		  { "f target data=old\ns l to=target", "f l data=new" },
		  "f l 'new'\nf target 'old'\n" },
		{ "link over directory",
		  { "d bin\nf bin/sh", "s bin to=usr/bin" },
		  "s bin -> usr/bin\n" },
		{ "a hard link's other name keeps the old bytes",
		  { "f a data=1\nh b to=a", "f a data=2" },
		  "f a '2'\nf b '1'\n" },
	};

	(void)state;
	run_cases(cases, ARRAY_SIZE(cases));
}

static void parents(void **state)
{
	static const struct apply_case cases[] = {
		{ "bin -> usr/bin with a later bin/x",
		  { "d usr\nd usr/bin\ns bin to=usr/bin", "f bin/x data=1" },
		  "s bin -> usr/bin\nd usr\nd usr/bin\nf usr/bin/x '1'\n" },
		{ "2: an absolute link is the image's own",
		  { "s etc to=/host", "f etc/x data=1" },
		  "s etc -> /host\nd host @7\nf host/x '1'\n" },
		{ "2: '..' of the root is the root",
		  { "s a to=../../..", "f a/b data=1" },
		  "s a -> ../../..\nf b '1'\n" },
		{ "2: a link deleted through stays inside",
		  { "s a to=../..\nf victim", "f a/.wh.victim" },
		  "s a -> ../..\n" },
		{ "2: a hard link through a link stays inside",
		  { "s etc to=/host\nf etc/passwd data=1", "h x to=etc/passwd" },
		  "s etc -> /host\nd host @7\n"
		  "f host/passwd '1' links=2\nf x '1' links=2\n" },
		{ "a link that leads to where nothing is",
		  { "d u\ns l to=u/lib", "d l/d" },
		  "s l -> u/lib\nd u\nd u/lib @7\nd u/lib/d\n" },
		{ "the parent is a file", { "f a\nf a/b" },
		  "!entry 'a/b': what is above it" },
		{ "the parent is a link to a file", { "f a\ns b to=a\nf b/c/d" },
		  "!entry 'b/c/d': what is above it" },
		{ "6: links in a loop", { "s a to=b\ns b to=a\nf a/x" },
		  "!entry 'a/x': its directory is behind too many" },
		{ "6: a link to itself", { "s a to=a/a\nf a/x" },
		  "!too many symbolic links" },
	};

	(void)state;
	run_cases(cases, ARRAY_SIZE(cases));
}

static void hard_links(void **state)
{
	static const struct apply_case cases[] = {
		{ "4: across layers", { "f a data=1", "d d\nh d/b to=a" },
		  "f a '1' links=2\nd d\nf d/b '1' links=2\n" },
		{ "4: absolute is the root's",
		  { "f a data=1\nh b to=/a" },
		  "f a '1' links=2\nf b '1' links=2\n" },
		{ "4: the link itself, not what it leads to",
		  { "f a\ns s to=a\nh h to=s" },
		  "f a\ns h -> a links=2\ns s -> a links=2\n" },
		{ "4: again the same", { "f a\nh b to=a\nh b to=a" },
		  "f a links=2\nf b links=2\n" },
		{ "4: over a directory", { "f a\nd b\nf b/c\nh b to=a" },
		  "f a links=2\nf b links=2\n" },
		{ "4: to what it replaces", { "d b\nf b/c\nh b to=b/c" },
		  "!entry 'b': a hard link to 'b/c', which it would replace" },
		{ "4: outside", { "h b to=../x" },
		  "!entry 'b': the target of the hard link: '..'" },
		{ "4: '..' inside", { "f a\nd d\nh b to=d/../a" }, "!'..'" },
		{ "4: itself", { "f a\nh a to=a" },
		  "!entry 'a': a hard link to itself" },
		{ "4: itself through a link",
		  { "d d\nf d/a\ns l to=d\nh l/a to=d/a" }, "!to itself" },
		{ "4: a later entry", { "h b to=a\nf a" },
		  "!entry 'b': a hard link to 'a', which is not there" },
		{ "4: a directory", { "d d\nh b to=d" },
		  "!entry 'b': a hard link to 'd', which is a directory" },
		{ "4: the root", { "h b to=/" }, "!directory" },
		{ "4: missing", { "f a", "f .wh.a\nh b to=a" },
		  "!which is not there" },
		{ "4: as the root", { "f a\nh / to=a" },
		  "!entry '/': only a directory can be the root" },
		{ "4: target and name within one new directory",
		  { "f x/a\nh y/b to=x/a" },
		  "d x @7\nf x/a links=2\nd y @7\nf y/b links=2\n" },
	};

	(void)state;
	run_cases(cases, ARRAY_SIZE(cases));
}

static void whiteouts(void **state)
{
	static const struct apply_case cases[] = {
		{ "a file", { "f a\nf b", "f .wh.a" }, "f b\n" },
		{ "a tree", { "d d\nd d/e\nf d/e/f\nf x", "f .wh.d" }, "f x\n" },
		{ "in a directory", { "d d\nf d/a\nf d/b", "d d\nf d/.wh.a" },
		  "d d\nf d/b\n" },
		{ "of what is not there", { "f a", "f .wh.b\nf no/.wh.c" },
		  "f a\n" },
		{ "below a file", { "f a", "f a/.wh.b" }, "f a\n" },
		{ "the link, not its target", { "f a\ns l to=a", "f .wh.l" },
		  "f a\n" },
		{ "3: before a sibling of the same layer",
		  { "f a data=old", "f .wh.a\nf a data=new" }, "f a 'new'\n" },
		{ "3: after it", { "f a data=old", "f a data=new\nf .wh.a" },
		  "f a 'new'\n" },
		{ "3: only of this layer", { "f a\nf .wh.a" }, "f a\n" },
		{ "3: of a directory, before it comes anew",
		  { "d d\nf d/old", "f .wh.d\nd d mode=700\nf d/new" },
		  "d d 700\nf d/new\n" },
		{ "3: after it came anew",
		  { "d d\nf d/old\nd d/e\nf d/e/old",
		    "d d mode=700\nf d/new\nf .wh.d" },
		  "d d 700\nf d/new\n" },
		{ "3: of a directory in which only a file is new",
		  { "d d mode=700 own=1:1\nf d/old", "f d/new\nf .wh.d" },
		  "d d @7\nf d/new\n" },
		{ "3: the same, the other way round",
		  { "d d mode=700 own=1:1\nf d/old", "f .wh.d\nf d/new" },
		  "d d @7\nf d/new\n" },
		{ "3: through a link within the image",
		  { "d r\nf r/a\nf r/b\ns l to=r", "f l/.wh.a" },
		  "s l -> r\nd r\nf r/b\n" },
		{ "3: nothing", { "f .wh." }, "!entry '.wh.': a whiteout of" },
		{ "3: '.'", { "f .wh.." }, "!entry '.wh..': a whiteout of" },
		{ "3: '..'", { "f d/.wh..." }, "!a whiteout of nothing" },
		{ "3: a directory of that name", { "f .wh.../x" },
		  "!entry '.wh.../x': names with '.wh.'" },
		{ "3: aufs' own is ignored",
		  { "f a", "f .wh..wh.\nf .wh..wh.aufs\nd .wh..wh.plnk\n"
			   "f .wh..wh.plnk/1.2 data=x" }, "f a\n" },
		{ "a name of three dots", { "f a\nf ..a", "f .wh...a" },
		  "f a\n" },
		{ "a hard link survives its other name",
		  { "f a data=1\nh b to=a", "f .wh.a" }, "f b '1'\n" },
	};

	(void)state;
	run_cases(cases, ARRAY_SIZE(cases));
}

static void opaque_directories(void **state)
{
	static const struct apply_case cases[] = {
		{ "first", { "d d\nf d/a\nd d/e\nf d/e/b",
			     "d d mode=700\nf d/.wh..wh..opq\nf d/c" },
		  "d d 700\nf d/c\n" },
		{ "last", { "d d\nf d/a\nd d/e\nf d/e/b",
			    "d d mode=700\nf d/c\nf d/e/n\nf d/.wh..wh..opq" },
		  "d d 700\nf d/c\nd d/e @7\nf d/e/n\n" },
		{ "of the root", { "f a\nd d\nf d/x", "f .wh..wh..opq\nf b" },
		  "f b\n" },
		{ "hides nothing of its own layer",
		  { "f d/a\nf d/.wh..wh..opq\nf d/b" },
		  "d d @7\nf d/a\nf d/b\n" },
		{ "of what is not there", { "f a", "f d/.wh..wh..opq" },
		  "f a\n" },
		{ "of a file", { "f a", "f a/.wh..wh..opq" }, "f a\n" },
		{ "made again in the next layer",
		  { "f d/a", "f d/.wh..wh..opq\nf d/b",
		    "f d/.wh..wh..opq\nf d/c" }, "d d @7\nf d/c\n" },
		{ "many siblings, every second new",
		  { "f d/1\nf d/2\nf d/3\nf d/4\nf d/5",
		    "f d/2 data=x\nf d/.wh..wh..opq\nf d/4 data=x" },
		  "d d @7\nf d/2 'x'\nf d/4 'x'\n" },
	};

	(void)state;
	run_cases(cases, ARRAY_SIZE(cases));
}

/* Names in a tree are bounded even if few entries ask for them. */
static void implicit_directories_count(void **state)
{
	static const struct layer_limits limits = { .max_entries = 5 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_free_ char *got = NULL;

	(void)state;
	lf_tar(&tar, "f a/b/c/d/e/f");
	lf_end(&tar);
	got = lf_one(&tar, &limits);
	assert_non_null(strstr(got, "entry 'a/b/c/d/e/f': the image has more "
				    "than 5 entries"));
}

/* Depth comes from links: no name is longer than 4096 bytes. */
static void deep(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	struct spool spool;

	(void)state;
	spool_init(&spool, "/tmp");
	for (int i = 0; i < 60; i++) {
		_cleanup_buf_ struct buf target = BUF_INIT;
		_cleanup_free_ char *link = xasprintf("l%d", i);
		_cleanup_free_ char *inside = xasprintf("l%d/f", i);
		struct tar_entry e = { .type = '2', .name = link };

		if (i)
			buf_printf(&target, "l%d/", i - 1);
		while (target.len < 4090)
			buf_add_str(&target, "d/");
		e.link = buf_ptr(&target);
		tar_put_header(&tar, &e);
		e = (struct tar_entry){ .type = '0', .name = inside };
		if (i < 39)
			tar_put_header(&tar, &e);
	}
	lf_end(&tar);
	assert_int_equal(lf_layer(t, &tar, 0, NULL, &spool, &err), 0);
	tree_finish(t);
	assert_true(tree_totals(t)->dirs > 39 * 2000);
	spool_release(&spool);
}

/* A chain of links that costs as much as it can, asked for again and again. */
static void links_cost_is_bounded(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf dots = BUF_INIT;
	_cleanup_free_ char *got = NULL;

	(void)state;
	while (dots.len < 4080)
		buf_add_str(&dots, "./");
	for (int i = 0; i < 39; i++) {
		_cleanup_free_ char *name = xasprintf("l%d", i);
		_cleanup_free_ char *to = xasprintf("%sl%d", buf_ptr(&dots),
						    i + 1);
		const struct tar_entry e = { .type = '2', .name = name,
					     .link = to };

		tar_put_header(&tar, &e);
	}
	lf_tar(&tar, "d l39");
	for (int i = 0; i < 2000; i++)
		lf_tar(&tar, "f l0/x");
	lf_end(&tar);
	got = lf_one(&tar, NULL);
	assert_non_null(strstr(got, "entry 'l0/x': its directory is behind too "
				    "many symbolic links"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects),
		cmocka_unit_test(replacing),
		cmocka_unit_test(parents),
		cmocka_unit_test(hard_links),
		cmocka_unit_test(whiteouts),
		cmocka_unit_test(opaque_directories),
		cmocka_unit_test(implicit_directories_count),
		cmocka_unit_test(deep),
		cmocka_unit_test(links_cost_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
