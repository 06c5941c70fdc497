/* The state disk; see state.h. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "console.h"
#include "ext4.h"
#include "mounts.h"
#include "vc/io.h"
#include "vc/util.h"

#define STATE "/state"
#define TRASH STATE "/trash"

/* The host waits 300 s for this stage; an answer is better than none. */
#define CHECK_MS 280000

#define ADVICE "keep a copy of state.img, then run 'vstorage clean' to start " \
	       "with an empty one"

static const struct state_dir {
	const char *dir;  /* below /state */
	const char *bind; /* where it is wanted, or NULL */
	mode_t mode;
	bool emptied; /* at every boot */
} dirs[] = {
	{ "docker", "/var/lib/docker", 0710, false },
	{ "containers", "/var/lib/containers", 0700, false },
	/* networks made by podman; docker keeps its own in its store */
	{ "networks", "/etc/containers/networks", 0755, false },
	/* registry logins and the like, as on any other machine */
	{ "root", "/root", 0700, false },
	{ "stage", NULL, 0700, true },
	/* engines unpack whole images there */
	{ "tmp", "/var/tmp", 01777, true },
};

/* Puts what was found between what it means and what can be done about it. */
static int damaged(struct vc_error *err)
{
	_cleanup_free_ char *found = xstrdup(err->msg);

	return vc_fail(err, 0, "the state disk is damaged: %s; " ADVICE, found);
}

static int check(struct loop *l, const char *device, struct vc_error *err)
{
	char *const argv[] = { (char[]){ "/usr/sbin/e2fsck" }, (char[]){ "-p" },
			       (char *)(uintptr_t)device, NULL };
	int status;

	console_log("checking the state disk");
	if (child_run(l, argv, now_ms() + CHECK_MS, &status, err) < 0)
		return vc_wrap(err, "cannot check the state disk");
	/* 1 and 2: errors that have been corrected */
	if (WIFEXITED(status) && WEXITSTATUS(status) < 4)
		return 0;
	vc_fail(err, 0, "e2fsck ended with %s %d",
		WIFEXITED(status) ? "status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return damaged(err);
}

static int empty_trash(void *arg)
{
	_cleanup_error_ struct vc_error err = { 0 };

	(void)arg;
	if (remove_tree_at(AT_FDCWD, TRASH, &err) < 0) {
		console_log("%s", err.msg);
		return 1;
	}
	return 0;
}

/* Out of the way at once; how long deleting takes depends on what is there. */
static void discard(const char *path, const char *name)
{
	_cleanup_free_ char *to = xasprintf(TRASH "/%s.%lld", name,
					    (long long)now_ms());

	if (mkdir(TRASH, 0700) < 0 && errno != EEXIST)
		console_log("cannot create '%s': %s", TRASH, strerror(errno));
	if (rename(path, to) < 0 && errno != ENOENT)
		console_log("cannot empty '%s': %s", path, strerror(errno));
}

static int set_up_dir(const struct state_dir *d, struct vc_error *err)
{
	_cleanup_free_ char *path = xasprintf(STATE "/%s", d->dir);

	if (d->emptied)
		discard(path, d->dir);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return vc_fail(err, errno, "cannot create '%s'", path);
	if (chmod(path, d->mode) < 0)
		return vc_fail(err, errno, "cannot set the mode of '%s'", path);
	if (!d->bind)
		return 0;
	if (make_dirs(d->bind, 0755, err) < 0)
		return -1;
	if (mount(path, d->bind, NULL, MS_BIND, NULL) < 0)
		return vc_fail(err, errno, "cannot bind '%s' to '%s'", path,
			       d->bind);
	return 0;
}

static int mount_disk(const char *device, bool persistent,
		      struct vc_error *err)
{
	const struct mount_entry m = {
		device, STATE, "ext4", MS_NOATIME,
		/* noinit_itable: a sparse disk is zeros already, and writing
		 * them would make it less sparse.  What does not outlive the
		 * VM need not be safe from a power cut. */
		persistent ? "discard,noinit_itable" :
			     "discard,noinit_itable,barrier=0"
	};

	return mount_one(&m, err) < 0 ? damaged(err) : 0;
}

int state_mount(struct loop *l, const char *device, bool persistent,
		struct vc_error *err)
{
	_cleanup_error_ struct vc_error why = { 0 };
	struct ext4_super super;

	if (ext4_read_super(device, &super, err) < 0)
		return damaged(err);
	if (!super.clean && check(l, device, err) < 0)
		return -1;
	if (mount_disk(device, persistent, err) < 0)
		return -1;
	/* a smaller store is still a store */
	if (ext4_grow(STATE, device, &super, &why) < 0)
		console_log("%s", why.msg);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (set_up_dir(&dirs[i], err) < 0)
			return -1;
	if (access(TRASH, F_OK) == 0 &&
	    child_start(l, NULL, empty_trash, NULL) < 0)
		console_log("cannot empty '%s': %s", TRASH, strerror(errno));
	return 0;
}
