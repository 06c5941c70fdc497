/*
 * For the tests of src/cli: a home directory of its own per test, settings
 * made as vdkr makes them, and stand-ins for the VM's side where only src/cli
 * and src/util are linked.
 */
#ifndef TEST_CLI_H
#define TEST_CLI_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/settings.h"
#include "vc/util.h"
#include "vc/vm.h"

__attribute__((weak)) bool vm_is_locked(const char *state_dir)
{
	_cleanup_free_ char *path = path_join(state_dir, "lock");
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;
}

__attribute__((weak)) int vm_find(const char *state_dir, struct vm **ret,
				  struct vc_error *err)
{
	(void)state_dir;
	(void)ret;
	(void)err;
	return 0;
}

__attribute__((weak)) int vm_stop(struct vm *vm, struct vc_error *err)
{
	(void)vm;
	(void)err;
	return 0;
}

__attribute__((weak)) void vm_cleanup(struct vm **vm)
{
	*vm = NULL;
}

struct fixture {
	char *home; /* also $HOME */
	struct vc_error err;
	struct settings s;
	int first;
};

static inline int fixture_setup(void **state)
{
	static const char *const unset[] = {
		"VDKR_ARCH", "VPDMN_ARCH", "VXN_ARCH", "VDKR_CONFIG_DIR",
		"VDKR_STATE_DIR", "VPDMN_STATE_DIR", "VDKR_BLOB_DIR",
		"VXN_BLOB_DIR", "VCONTAINER_GUEST_DIR", "XDG_CONFIG_HOME",
	};
	struct fixture *f = xcalloc(1, sizeof(*f));

	for (size_t i = 0; i < ARRAY_SIZE(unset); i++)
		unsetenv(unset[i]);
	f->home = xstrdup("/tmp/vc-cli-XXXXXX");
	if (!mkdtemp(f->home))
		return -1;
	setenv("HOME", f->home, 1);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	settings_release(&f->s);
	vc_error_release(&f->err);
	if (remove_tree_at(AT_FDCWD, f->home, &f->err) < 0)
		return -1;
	free(f->home);
	free(f);
	return 0;
}

/* As vdkr with these words; a fresh start each time. */
static inline int parse(struct fixture *f, char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	settings_release(&f->s);
	vc_error_release(&f->err);
	return settings_parse(&f->s, &tool_vdkr, argc, argv, &f->first,
			      &f->err);
}

static inline int resolve(struct fixture *f, char **argv)
{
	if (parse(f, argv) < 0)
		return -1;
	return settings_resolve(&f->s, argv[0], &f->err);
}

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

/* A file below the home directory, with its directories. */
static inline void put_file(struct fixture *f, const char *path,
			    const char *text)
{
	_cleanup_free_ char *full = path_join(f->home, path);
	_cleanup_free_ char *dir = xstrdup(full);
	int fd;

	*strrchr(dir, '/') = '\0';
	assert_int_equal(make_dirs(dir, 0700, &f->err), 0);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text), &f->err), 0);
	close(fd);
}

static inline char *get_file(struct fixture *f, const char *path)
{
	_cleanup_free_ char *full = path_join(f->home, path);
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(read_file_at(AT_FDCWD, full, 65536, &b, &f->err), 0);
	return b.len ? buf_steal(&b) : xstrdup("");
}

static inline bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

#define assert_below_home(f, path, below)                             \
	do {                                                          \
		_cleanup_free_ char *want_ = path_join((f)->home, below); \
		assert_string_equal(path, want_);                     \
	} while (0)

#define assert_says(f, text) assert_non_null(strstr((f)->err.msg, text))

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
