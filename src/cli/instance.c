/* Listing, stopping and removing instances; see vc/instance.h. */
#include "vc/instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/instance_files.h"
#include "cli/values.h"
#include "vc/io.h"
#include "vc/util.h"
#include "vc/vm.h"

/* longer than a VM may take to end */
#define SETTLE_S 60

void instance_list_release(struct instance_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].dir);
	}
	free(l->v);
	*l = (struct instance_list){ 0 };
}

static void add(struct instance_list *l, const char *name, const char *dir,
		const struct instance_usage *u)
{
	l->v = xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n++] = (struct instance){
		.name = xstrdup(name),
		.dir = xstrdup(dir),
		.used = u->used,
		.store_used = u->store_used,
		.store_size = u->store_size,
		.running = vm_is_locked(dir),
	};
}

/* Adds it if it is ours and holds any of our files. */
static void add_if_ours(struct instance_list *l, const char *name,
			const char *dir)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int fd = instance_open(dir, &err);
	struct instance_usage u;

	if (fd >= 0 && instance_measure(fd, &u))
		add(l, name, dir, &u);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct instance *)a)->name,
		      ((const struct instance *)b)->name);
}

int instance_list(const struct settings *s, struct instance_list *ret,
		  struct vc_error *err)
{
	const struct dirent *e;
	DIR *base;

	if (s->opt_state_dir) {
		const char *slash = strrchr(s->state_dir, '/');

		add_if_ours(ret, slash + 1, s->state_dir);
		return 0;
	}
	base = opendir(s->state_base);
	if (!base && errno == ENOENT)
		return 0;
	if (!base)
		return vc_fail(err, errno, "cannot list '%s'", s->state_base);
	while ((e = readdir(base))) {
		_cleanup_error_ struct vc_error no_name = { 0 };
		_cleanup_free_ char *dir = path_join(s->state_base, e->d_name);

		if (value_instance(e->d_name, &no_name) == 0)
			add_if_ours(ret, e->d_name, dir);
	}
	closedir(base);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	return 0;
}

/*
 * The directory is locked but nobody answers: a VM that is just starting is
 * there once its client gives up the start lock; one that is ending, when its
 * own lock is free.  1 and *ret when it has started, 0 when it has ended.
 */
static int settle(int fd, const char *dir, struct vm **ret,
		  struct vc_error *err)
{
	_cleanup_close_ int start = -1;
	_cleanup_close_ int vm = -1;
	int r;

	start = instance_lock_file(fd, dir, "start.lock", SETTLE_S, err);
	if (start < 0)
		return -1;
	r = vm_find(dir, ret, err);
	if (r != 0)
		return r;
	vm = instance_lock_file(fd, dir, "lock", SETTLE_S, err);
	return vm < 0 ? -1 : 0;
}

static int drop_suspended(int fd, const char *dir, struct vc_error *err)
{
	_cleanup_instance_lock_ struct instance_lock l = INSTANCE_LOCK_INIT;

	if (!vm_is_suspended(dir))
		return 0;
	if (instance_lock(fd, dir, &l, err) < 0)
		return -1;
	vm_drop_suspended(dir);
	return 0;
}

int instance_stop(const char *dir, bool *ret_ran, struct vc_error *err)
{
	_cleanup_close_ int fd = instance_open(dir, err);
	_cleanup_vm_ struct vm *vm = NULL;
	bool ran;
	int r;

	*ret_ran = false;
	if (fd < 0)
		return instance_missing(err);
	r = vm_find(dir, &vm, err);
	ran = r > 0;
	if (r == 0 && vm_is_locked(dir)) {
		ran = true;
		r = settle(fd, dir, &vm, err);
	}
	if (r < 0 || (r > 0 && vm_stop(vm, err) < 0))
		return -1;
	/* one that is suspended has run too, and must not go on */
	ran = ran || vm_is_suspended(dir);
	r = drop_suspended(fd, dir, err);
	if (r < 0)
		return -1;
	*ret_ran = ran;
	return 0;
}

int instance_remove(const char *dir, struct strv *ret_foreign,
		    struct vc_error *err)
{
	_cleanup_close_ int fd = instance_open(dir, err);
	_cleanup_instance_lock_ struct instance_lock l = INSTANCE_LOCK_INIT;

	if (fd < 0)
		return instance_missing(err);
	if (instance_lock(fd, dir, &l, err) < 0 ||
	    instance_unlink_files(fd, dir, err) < 0 ||
	    instance_foreign(fd, dir, ret_foreign, err) < 0)
		return -1;
	if (ret_foreign->n)
		return 0;
	if (rmdir(dir) < 0)
		return vc_fail(err, errno, "cannot remove '%s'", dir);
	return 1;
}

int instance_remove_store(const char *dir, struct vc_error *err)
{
	_cleanup_close_ int fd = instance_open(dir, err);
	_cleanup_instance_lock_ struct instance_lock l = INSTANCE_LOCK_INIT;

	if (fd < 0)
		return instance_missing(err);
	if (instance_lock(fd, dir, &l, err) < 0)
		return -1;
	vm_drop_suspended(dir);
	if (unlinkat(fd, "state.img", 0) < 0 && errno != ENOENT)
		return vc_fail(err, errno, "cannot remove '%s/state.img'", dir);
	return 0;
}
