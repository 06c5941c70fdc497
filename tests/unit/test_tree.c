/* The tree itself: names, inodes, walks, and paths inside it. */
#include "layer_fixture.h"

static struct tree_node *add(struct tree *t, struct tree_node *dir,
			     const char *name, enum inode_type type)
{
	struct tree_inode *i = inode_new(type);

	i->mode = type == INODE_DIR ? 0755 : type == INODE_SYMLINK ? 0777 : 0644;
	i->mtime = 1;
	return tree_add(t, dir, name, strlen(name), i);
}

static struct tree_node *add_link(struct tree *t, struct tree_node *dir,
				  const char *name, const char *target)
{
	struct tree_node *n = add(t, dir, name, INODE_SYMLINK);

	n->inode->target = xstrdup(target);
	n->inode->size = strlen(target);
	return n;
}

static struct tree_node *find(const struct tree *t, const struct tree_node *dir,
			      const char *name)
{
	return tree_find(t, dir, name, strlen(name));
}

static void empty(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	const struct tree_node *root = tree_root(t);

	(void)state;
	tree_finish(t);
	assert_int_equal(root->inode->type, INODE_DIR);
	assert_int_equal(root->inode->mode, 0755);
	assert_int_equal(root->inode->number, 1);
	assert_int_equal(tree_totals(t)->entries, 1);
	assert_int_equal(tree_names(t), 0);
	assert_null(tree_next(root));
	tree_free(NULL);
}

static void names_are_bytes(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *root = tree_root(t), *a;

	(void)state;
	a = add(t, root, "a", INODE_DIR);
	add(t, root, "\xff\xfe", INODE_FILE);
	add(t, root, "ab", INODE_FILE);
	add(t, root, "A", INODE_FILE);
	add(t, a, "a", INODE_FILE);
	assert_ptr_equal(find(t, root, "a"), a);
	assert_ptr_not_equal(find(t, a, "a"), a);
	assert_null(find(t, root, "b"));
	assert_null(find(t, a, "ab"));
	assert_ptr_equal(tree_find(t, root, "abc", 1), a);
	{
		_cleanup_free_ char *got = lf_listing(t);

		assert_string_equal(got, "f A\nd a\nf a/a\nf ab\nf \xff\xfe\n");
	}
}

static void many_names(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *root = tree_root(t), *d = add(t, root, "d", INODE_DIR);
	char name[16];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		add(t, i & 1 ? d : root, name, INODE_FILE);
	}
	for (int i = 0; i < 20000; i += 3) {
		snprintf(name, sizeof(name), "%d", i);
		tree_remove(t, find(t, i & 1 ? d : root, name));
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(!find(t, i & 1 ? d : root, name), i % 3 == 0);
		assert_null(find(t, i & 1 ? root : d, name));
	}
	assert_int_equal(tree_names(t), 1 + 20000 - 6667);
}

static void removing(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *root = tree_root(t), *d, *e, *f;

	(void)state;
	d = add(t, root, "d", INODE_DIR);
	add(t, root, "z", INODE_FILE);
	e = add(t, d, "e", INODE_DIR);
	f = add(t, e, "f", INODE_FILE);
	tree_add(t, root, "hard", 4, f->inode);
	assert_int_equal(f->inode->links, 2);
	tree_remove(t, d);
	{
		_cleanup_free_ char *got = lf_listing(t);

		assert_string_equal(got, "f hard\nf z\n");
	}
	assert_int_equal(tree_names(t), 2);
	assert_null(find(t, root, "d"));
}

static void other_inodes(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *root = tree_root(t), *d, *f;
	struct tree_inode *i = inode_new(INODE_DIR);

	(void)state;
	d = add(t, root, "d", INODE_DIR);
	f = add(t, d, "f", INODE_FILE);
	i->mode = 0700;
	i->mtime = 1;
	tree_set_inode(t, d, i);
	assert_ptr_equal(find(t, d, "f"), f);
	/* its own inode again */
	tree_set_inode(t, f, f->inode);
	assert_int_equal(f->inode->links, 1);
	{
		_cleanup_free_ char *got = lf_listing(t);

		assert_string_equal(got, "d d 700\nf d/f\n");
	}
	i = inode_new(INODE_FIFO);
	i->mode = 0644;
	i->mtime = 1;
	tree_set_inode(t, d, i);
	{
		_cleanup_free_ char *got = lf_listing(t);

		assert_string_equal(got, "p d\n");
	}
}

static void numbers_and_totals(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *root = tree_root(t), *d, *f, *hard;
	const struct data_run run = { 0, 3, 0, -1 };
	const struct tree_totals *sum;

	(void)state;
	f = add(t, root, "z", INODE_FILE);
	f->inode->size = 10;
	inode_add_run(f->inode, &run);
	d = add(t, root, "b", INODE_DIR);
	hard = tree_add(t, d, "a", 1, f->inode);
	add_link(t, root, "c", "b");
	add(t, root, "a", INODE_CHAR);
	tree_finish(t);
	tree_finish(t); /* may be said twice */
	assert_int_equal(find(t, root, "a")->inode->number, 2);
	assert_int_equal(d->inode->number, 3);
	assert_int_equal(hard->inode->number, 4);
	assert_int_equal(f->inode->number, 4);
	assert_int_equal(find(t, root, "c")->inode->number, 5);
	sum = tree_totals(t);
	assert_int_equal(sum->entries, 6);
	assert_int_equal(sum->inodes, 5);
	assert_int_equal(sum->dirs, 2);
	assert_int_equal(sum->files, 1);
	assert_int_equal(sum->symlinks, 1);
	assert_int_equal(sum->others, 1);
	assert_int_equal(sum->file_bytes, 10);
	assert_int_equal(sum->stored_bytes, 3);
}

static void walking(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *root = tree_root(t), *a, *b;

	(void)state;
	b = add(t, root, "b", INODE_DIR);
	a = add(t, root, "a", INODE_DIR);
	add(t, add(t, a, "x", INODE_DIR), "y", INODE_FILE);
	tree_finish(t);
	assert_ptr_equal(tree_next(root), a);
	assert_string_equal(tree_next(a)->name, "x");
	assert_ptr_equal(tree_next_outside(a), b);
	assert_ptr_equal(tree_next(tree_next(tree_next(a))), b);
	assert_null(tree_next(b));
	assert_null(tree_next_outside(root));
}

/* Neither walks nor freeing recurse. */
static void depth(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *n = tree_root(t);
	_cleanup_free_ char *path = NULL;
	size_t steps = 0;

	(void)state;
	for (int i = 0; i < 200000; i++)
		n = add(t, n, "d", INODE_DIR);
	path = tree_path(n);
	assert_int_equal(strlen(path), 2 * 200000 - 1);
	tree_finish(t);
	for (n = tree_root(t); n; n = tree_next(n))
		steps++;
	assert_int_equal(steps, 200001);
	tree_remove(t, find(t, tree_root(t), "d"));
	assert_int_equal(tree_names(t), 0);
}

static void attributes(void **state)
{
	struct tree_inode *i = inode_new(INODE_FILE);

	(void)state;
	inode_set_xattr(i, "user.b", "1", 1);
	inode_set_xattr(i, "user.a", "\0\1", 2);
	inode_set_xattr(i, "user.b", "22", 2);
	inode_set_xattr(i, "user.none", NULL, 0);
	assert_int_equal(i->n_xattrs, 3);
	assert_int_equal(inode_find_xattr(i, "user.b")->len, 2);
	assert_memory_equal(inode_find_xattr(i, "user.a")->value, "\0\1", 2);
	assert_int_equal(inode_find_xattr(i, "user.none")->len, 0);
	assert_null(inode_find_xattr(i, "user.c"));
	inode_free(i);
	inode_free(NULL);
}

static void runs(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int fd = memfd_create("runs", MFD_CLOEXEC);
	struct tree_inode *i = inode_new(INODE_FILE);
	/* "abcdef" at 5, "gh" at 20; the first in two pieces that join */
	static const struct { uint64_t logical, len, at; } pieces[] = {
		{ 5, 2, 0 }, { 7, 4, 2 }, { 15, 0, 9 }, { 20, 2, 6 },
	};
	static const char want[] = "\0\0\0\0\0abcdef\0\0\0\0\0\0\0\0\0gh\0\0";
	char got[24];

	(void)state;
	assert_int_equal(write(fd, "abcdefgh", 8), 8);
	for (size_t p = 0; p < ARRAY_SIZE(pieces); p++) {
		const struct data_run r = { pieces[p].logical, pieces[p].len,
					    pieces[p].at, fd };

		inode_add_run(i, &r);
	}
	i->size = sizeof(got);
	assert_int_equal(i->n_runs, 2);
	for (size_t from = 0; from < sizeof(got); from++)
		for (size_t len = 0; len <= sizeof(got) - from; len++) {
			memset(got, 'x', sizeof(got));
			assert_int_equal(inode_read(i, from, got, len, &err), 0);
			assert_memory_equal(got, want + from, len);
		}
	/* what is not in the spool any more */
	assert_int_equal(ftruncate(fd, 3), 0);
	assert_int_equal(inode_read(i, 0, got, sizeof(got), &err), -1);
	inode_free(i);
}

static void paths(void **state)
{
	static const struct {
		const char *path;
		const char *follow, *not_follow; /* a path, or an errno */
	} cases[] = {
		{ "", "", "" },
		{ "/", "", "" },
		{ "///", "", "" },
		{ ".", "", "" },
		{ "..", "", "" },
		{ "../../..", "", "" },
		{ "usr", "usr", "usr" },
		{ "/usr/bin/sh", "usr/bin/sh", "usr/bin/sh" },
		{ "usr//bin/./sh", "usr/bin/sh", "usr/bin/sh" },
		{ "usr/bin/../bin", "usr/bin", "usr/bin" },
		{ "bin", "usr/bin", "bin" },
		{ "bin/", "usr/bin", "usr/bin" },
		{ "bin/sh", "usr/bin/sh", "usr/bin/sh" },
		{ "bin/..", "usr", "usr" }, /* of where the link leads */
		{ "abs", "usr/bin/sh", "abs" },
		{ "out", "usr", "out" },
		{ "chain", "usr/bin", "chain" },
		{ "usr/self/self/bin", "usr/bin", "usr/bin" },
		{ "dangling", "ENOENT", "dangling" },
		{ "dangling/x", "ENOENT", "ENOENT" },
		{ "nowhere", "ENOENT", "ENOENT" },
		{ "nowhere/..", "ENOENT", "ENOENT" },
		{ "usr/bin/sh/", "ENOTDIR", "ENOTDIR" },
		{ "usr/bin/sh/.", "ENOTDIR", "ENOTDIR" },
		{ "usr/bin/sh/..", "ENOTDIR", "ENOTDIR" },
		{ "usr/bin/sh/x", "ENOTDIR", "ENOTDIR" },
		{ "abs/x", "ENOTDIR", "ENOTDIR" },
		{ "loop", "ELOOP", "loop" },
		{ "loop/x", "ELOOP", "ELOOP" },
		{ "me/x", "ELOOP", "ELOOP" },
		{ "l40", "usr", "l40" }, /* forty links and no more */
		{ "l41", "ELOOP", "l41" },
	};
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *root = tree_root(t), *usr, *bin;

	(void)state;
	usr = add(t, root, "usr", INODE_DIR);
	bin = add(t, usr, "bin", INODE_DIR);
	add(t, bin, "sh", INODE_FILE);
	add_link(t, root, "bin", "usr/bin");
	add_link(t, root, "abs", "/usr/bin/sh");
	add_link(t, usr, "self", ".");
	add_link(t, root, "out", "../../../usr");
	add_link(t, root, "chain", "/bin/");
	add_link(t, root, "dangling", "nowhere");
	add_link(t, root, "loop", "pool");
	add_link(t, root, "pool", "loop");
	add_link(t, root, "me", "me/x");
	add_link(t, root, "l1", "usr");
	for (int i = 2; i <= 41; i++) {
		char name[16], to[16];

		snprintf(name, sizeof(name), "l%d", i);
		snprintf(to, sizeof(to), "l%d", i - 1);
		add_link(t, root, name, to);
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int follow = 0; follow < 2; follow++) {
			const char *want = follow ? cases[i].follow :
						    cases[i].not_follow;
			const struct tree_node *n =
				tree_resolve(t, cases[i].path, follow);
			_cleanup_free_ char *got =
				n ? tree_path(n) :
				    xstrdup(errno == ENOENT ? "ENOENT" :
					    errno == ENOTDIR ? "ENOTDIR" :
					    errno == ELOOP ? "ELOOP" : "?");

			if (strcmp(got, want) != 0)
				fail_msg("'%s' (follow %d): '%s' instead of "
					 "'%s'", cases[i].path, follow, got,
					 want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(names_are_bytes),
		cmocka_unit_test(many_names),
		cmocka_unit_test(removing),
		cmocka_unit_test(other_inodes),
		cmocka_unit_test(numbers_and_totals),
		cmocka_unit_test(walking),
		cmocka_unit_test(depth),
		cmocka_unit_test(attributes),
		cmocka_unit_test(runs),
		cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
