/* What is put into a root for Gondolin, and what the image has to say to it. */
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

#include "convert/initramfs.h"
#include "vc/convert.h"
#include "vc/fs.h"
#include "vc/io.h"
#include "vc/layer.h"
#include "vc/spawn.h"
#include "vc/util.h"

#define AGENT "the agent"
#define BUSYBOX "a busybox"

struct place {
	char *dir; /* temporary; holds our guest's files and a base */
	struct convert c;
	struct convert_result r;
	struct tree *t;
	struct spool spool;
	struct vc_error err;
};

static void write_file(const char *dir, const char *name, const void *data,
		       size_t len)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct vc_error err = { 0 };

	assert_int_equal(write_file_at(fd, name, 0755, data, len, &err), 0);
}

static struct tree_node *add(struct place *p, const char *name,
			     enum inode_type type, const char *text)
{
	struct tree_node *dir = tree_root(p->t);
	struct tree_inode *i = inode_new(type);

	for (const char *slash; (slash = strchr(name, '/')); name = slash + 1)
		dir = tree_find(p->t, dir, name, (size_t)(slash - name));
	i->mode = type == INODE_SYMLINK ? 0777 : 0755;
	if (type == INODE_SYMLINK) {
		i->target = xstrdup(text);
	} else if (type == INODE_FILE) {
		struct data_run run = { .at = p->spool.used,
					.len = strlen(text) };

		assert_int_equal(spool_write(&p->spool, text, strlen(text),
					     &p->err),
				 0);
		run.fd = p->spool.fd;
		inode_add_run(i, &run);
	}
	i->size = text ? strlen(text) : 0;
	return tree_add(p->t, dir, name, strlen(name), i);
}

static void expect_file(struct place *p, const char *path, const char *text)
{
	struct tree_node *n = tree_resolve(p->t, path, true);
	char data[256] = "";

	assert_non_null(n);
	assert_int_equal(n->inode->type, INODE_FILE);
	assert_int_equal(n->inode->size, strlen(text));
	assert_int_equal(inode_read(n->inode, 0, data, strlen(text), &p->err),
			 0);
	assert_string_equal(data, text);
}

static void expect_link(struct place *p, const char *path, const char *target)
{
	struct tree_node *n = tree_resolve(p->t, path, false);

	assert_non_null(n);
	assert_int_equal(n->inode->type, INODE_SYMLINK);
	assert_string_equal(n->inode->target, target);
}

static bool there(struct place *p, const char *path)
{
	return tree_resolve(p->t, path, false) != NULL;
}

/* An initramfs with an init, and a root with a busybox. */
static void make_our_guest(struct place *p)
{
	struct fs_options o = { .epoch = 1 };
	_cleanup_free_ char *image = path_join(p->dir, "rootfs.squashfs");
	_cleanup_tree_ struct tree *root = NULL, *image_tree = p->t;
	_cleanup_buf_ struct buf b = BUF_INIT;

	initramfs_segment(&b, 0, "init", AGENT, strlen(AGENT));
	write_file(p->dir, "initramfs", buf_ptr(&b), b.len);
	write_file(p->dir, "kernel", "kernel", 6);
	write_file(p->dir, "rootfs.squashfs", "", 0);
	p->t = root = tree_new();
	add(p, "usr", INODE_DIR, NULL);
	add(p, "usr/bin", INODE_DIR, NULL);
	add(p, "usr/bin/busybox", INODE_FILE, BUSYBOX);
	tree_finish(root);
	assert_int_equal(fs_write(FS_SQUASHFS, root, &o, image, &p->err), 0);
	p->t = steal_ptr(image_tree);
}

static int set_up(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char name[] = "/tmp/test_inject.XXXXXX";

	assert_non_null(mkdtemp(name));
	p->dir = xstrdup(name);
	p->t = tree_new();
	spool_init(&p->spool, "/tmp");
	p->c = (struct convert){ .command = "oci2gondolin",
				 .arch = "x86_64",
				 .agent = AGENT_BUILTIN,
				 .our_guest = p->dir };
	p->r.epoch = 1700000000;
	make_our_guest(p);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	remove_tree_at(AT_FDCWD, p->dir, &p->err);
	tree_free(p->t);
	spool_release(&p->spool);
	strv_release(&p->r.injected_files);
	strv_release(&p->r.injected_dirs);
	strv_release(&p->r.runtime.env);
	free(p->r.base_rootfs);
	vc_error_release(&p->err);
	free(p->dir);
	free(p);
	return 0;
}

static void inject(struct place *p)
{
	if (inject_gondolin(&p->c, &p->r, p->t, &p->spool, &p->err) < 0)
		fail_msg("%s", p->err.msg);
}

static void test_empty_image(void **state)
{
	struct place *p = *state;
	const struct tree_inode *i;

	strv_add(&p->r.runtime.env, "A=1");
	strv_add(&p->r.runtime.env, "B=two\nlines");
	inject(p);
	expect_file(p, "/.vcontainer/agent", AGENT);
	expect_file(p, "/.vcontainer/bin/sh", BUSYBOX);
	expect_link(p, "/.vcontainer/bin/seq", "../busybox");
	expect_file(p, "/init", AGENT);
	i = tree_resolve(p->t, "/.vcontainer/agent", true)->inode;
	assert_int_equal(i->mode, 0755);
	assert_int_equal(i->mtime, 1700000000);
	i = tree_resolve(p->t, "/.vcontainer/env", true)->inode;
	assert_int_equal(i->size, 16);
	assert_int_equal(tree_resolve(p->t, "/tmp", true)->inode->mode, 01777);
	assert_true(there(p, "/proc") && there(p, "/dev") && there(p, "/run"));
	assert_false(there(p, "/bin"));
	assert_false(there(p, "/.vcontainer/image-init"));
	assert_true(strv_contains(&p->r.injected_files, "/.vcontainer/agent"));
	assert_true(strv_contains(&p->r.injected_dirs, "/.vcontainer/bin"));
}

static void test_image_keeps_its_own(void **state)
{
	struct place *p = *state;

	add(p, "bin", INODE_DIR, NULL);
	add(p, "bin/sh", INODE_FILE, "its shell");
	add(p, "init", INODE_FILE, "its init");
	add(p, "tmp", INODE_SYMLINK, "nowhere");
	inject(p);
	expect_file(p, "/bin/sh", "its shell");
	expect_file(p, "/.vcontainer/image-init", "its init");
	expect_file(p, "/init", AGENT);
	expect_link(p, "/tmp", "nowhere");
}

static void test_init_that_is_a_link(void **state)
{
	struct place *p = *state;

	add(p, "sbin", INODE_DIR, NULL);
	add(p, "sbin/init", INODE_FILE, "its init");
	add(p, "init", INODE_SYMLINK, "sbin/init");
	inject(p);
	expect_file(p, "/.vcontainer/image-init", "its init");
	expect_file(p, "/init", AGENT);
	expect_file(p, "/sbin/init", "its init");
}

static void test_init_that_is_a_directory(void **state)
{
	struct place *p = *state;

	add(p, "init", INODE_DIR, NULL);
	add(p, "init/x", INODE_FILE, "x");
	inject(p);
	expect_file(p, "/init/x", "x");
	expect_file(p, "/.vcontainer/agent", AGENT);
}

/* A link in the way leads nowhere but within the image, and is replaced. */
static void test_home_that_is_a_link(void **state)
{
	struct place *p = *state;

	add(p, "etc", INODE_DIR, NULL);
	add(p, ".vcontainer", INODE_SYMLINK, "/etc");
	inject(p);
	expect_file(p, "/.vcontainer/agent", AGENT);
	assert_false(there(p, "/etc/agent"));
}

static void test_converted_twice(void **state)
{
	struct place *p = *state;

	add(p, "init", INODE_FILE, "its init");
	inject(p);
	inject(p);
	expect_file(p, "/.vcontainer/image-init", "its init");
	expect_file(p, "/init", AGENT);
}

static void test_sshd_finds_the_forwarder(void **state)
{
	struct place *p = *state;

	add(p, "usr", INODE_DIR, NULL);
	add(p, "usr/sbin", INODE_DIR, NULL);
	add(p, "usr/sbin/sshd", INODE_FILE, "sshd");
	inject(p);
	expect_link(p, "/usr/bin/sandboxssh", "/.vcontainer/agent");
}

static void test_no_agent(void **state)
{
	struct place *p = *state;

	p->c.agent = AGENT_NONE;
	inject(p);
	tree_finish(p->t);
	assert_int_equal(tree_totals(p->t)->entries, 1);
}

static void test_guest_file_missing(void **state)
{
	struct place *p = *state;
	_cleanup_free_ char *path = path_join(p->dir, "rootfs.squashfs");

	unlink(path);
	assert_int_equal(inject_gondolin(&p->c, &p->r, p->t, &p->spool,
					 &p->err),
			 -1);
	assert_int_equal(vc_error_status(&p->err), CONVERT_EXIT_GUEST);
	assert_non_null(strstr(p->err.msg, "rootfs.squashfs"));
}

/* --- a base ---------------------------------------------------------------- */

static void run(const char *const *words)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	struct vc_error err = { 0 };

	for (; *words; words++)
		strv_add(&argv, *words);
	if (run_program(&argv, &err) < 0)
		fail_msg("%s", err.msg);
}

/* As Gondolin builds one: with an absolute link, which is the image's. */
static void make_base(struct place *p, const char *without)
{
	static const char *const files[] = { "init", "bin/busybox",
					     "usr/bin/sandboxd",
					     "usr/bin/sandboxfs",
					     "usr/bin/sandboxssh.real",
					     "lib/modules/1.2/a/x.ko" };
	static const char *const dirs[] = { "root/bin", "root/usr/bin",
					    "root/lib/modules/1.2/a" };
	_cleanup_free_ char *root = path_join(p->dir, "root");
	_cleanup_free_ char *image = path_join(p->dir, "rootfs.ext4");
	_cleanup_free_ char *link = path_join(root, "usr/bin/sandboxssh");
	_cleanup_free_ char *mke2fs = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *dir = path_join(p->dir, dirs[i]);

		assert_int_equal(make_dirs(dir, 0755, &p->err), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!str_eq(files[i], without))
			write_file(root, files[i], files[i], strlen(files[i]));
	assert_int_equal(symlink("/usr/bin/sandboxssh.real", link), 0);
	write_file(p->dir, "vmlinuz-virt", "kernel", 6);
	write_file(p->dir, "initramfs.cpio.lz4", "initramfs", 9);
	mke2fs = find_program("mke2fs", "e2fsprogs", &p->err);
	assert_non_null(mke2fs);
	run((const char *const[]){ mke2fs, "-q", "-t", "ext4", "-d", root,
				   image, "4M", NULL });
	p->c.agent = AGENT_BASE;
	p->c.guest_dir = p->dir;
}

static void test_base(void **state)
{
	struct place *p = *state;

	make_base(p, NULL);
	add(p, "init", INODE_FILE, "its init");
	add(p, "lib", INODE_SYMLINK, "/usr/lib");
	add(p, "usr", INODE_DIR, NULL);
	add(p, "usr/lib", INODE_DIR, NULL);
	inject(p);
	expect_file(p, "/init", "init");
	expect_file(p, "/.vcontainer/image-init", "its init");
	expect_file(p, "/usr/bin/sandboxd", "usr/bin/sandboxd");
	expect_file(p, "/usr/bin/sandboxssh", "usr/bin/sandboxssh.real");
	expect_file(p, "/usr/lib/modules/1.2/a/x.ko", "lib/modules/1.2/a/x.ko");
	expect_file(p, "/bin/sh", "bin/busybox");
	assert_true(str_ends(p->r.base_rootfs, "/rootfs.ext4"));
	assert_true(strv_contains(&p->r.injected_dirs, "/lib/modules"));
}

static void test_base_lacks_something(void **state)
{
	struct place *p = *state;

	make_base(p, "usr/bin/sandboxd");
	assert_int_equal(inject_gondolin(&p->c, &p->r, p->t, &p->spool,
					 &p->err),
			 -1);
	assert_int_equal(vc_error_status(&p->err), CONVERT_EXIT_GUEST);
	assert_non_null(strstr(p->err.msg, "/usr/bin/sandboxd"));
	assert_non_null(strstr(p->err.msg, "rootfs.ext4"));
}

static void test_base_of_another_architecture(void **state)
{
	struct place *p = *state;
	const char *manifest = "{\"version\":1,\"config\":{\"arch\":"
			       "\"aarch64\"},\"assets\":{\"kernel\":\"kernel\","
			       "\"initramfs\":\"initramfs\","
			       "\"rootfs\":\"rootfs.squashfs\"}}";

	write_file(p->dir, "manifest.json", manifest, strlen(manifest));
	p->c.agent = AGENT_BASE;
	p->c.guest_dir = p->dir;
	assert_int_equal(inject_gondolin(&p->c, &p->r, p->t, &p->spool,
					 &p->err),
			 -1);
	assert_int_equal(vc_error_status(&p->err), CONVERT_EXIT_GUEST);
	assert_non_null(strstr(p->err.msg, "aarch64"));
}

static void test_base_names_no_path(void **state)
{
	struct place *p = *state;
	const char *manifest = "{\"version\":1,\"assets\":{\"kernel\":"
			       "\"../kernel\",\"initramfs\":\"initramfs\","
			       "\"rootfs\":\"rootfs.ext4\"}}";

	write_file(p->dir, "manifest.json", manifest, strlen(manifest));
	p->c.agent = AGENT_BASE;
	p->c.guest_dir = p->dir;
	assert_int_equal(inject_gondolin(&p->c, &p->r, p->t, &p->spool,
					 &p->err),
			 -1);
	assert_non_null(strstr(p->err.msg, "assets.kernel"));
}

/* --- kernel and initramfs --------------------------------------------------- */

static void test_assets_are_marked(void **state)
{
	struct place *p = *state;
	_cleanup_free_ char *out = path_join(p->dir, "out");
	_cleanup_close_ int fd = -1;
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(mkdir(out, 0700), 0);
	fd = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (assets_gondolin(&p->c, &p->r, fd, &p->err) < 0)
		fail_msg("%s", p->err.msg);
	assert_string_equal(p->r.kernel, "kernel");
	assert_int_equal(strlen(p->r.kernel_sha256), 64);
	assert_int_equal(read_file_at(fd, "initramfs", 65536, &b, &p->err), 0);
	assert_non_null(memmem(buf_ptr(&b), b.len, AGENT, strlen(AGENT)));
	assert_non_null(memmem(buf_ptr(&b), b.len, "vcontainer.gondolin\0", 20));
	assert_non_null(memmem(buf_ptr(&b), b.len, "ext4", 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty_image, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_image_keeps_its_own,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_init_that_is_a_link,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_init_that_is_a_directory,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_home_that_is_a_link,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_converted_twice, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_sshd_finds_the_forwarder,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_agent, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_guest_file_missing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_base, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_base_lacks_something,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_base_of_another_architecture, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_base_names_no_path, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_assets_are_marked, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
