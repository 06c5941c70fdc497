/*
 * The host's directories: a FUSE mount that /proc/mounts shows as
 * "fuse.sandboxfs", and binds of parts of it to where they are wanted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "console.h"
#include "device.h"
#include "fuse_server.h"
#include "gondolin.h"
#include "mounts.h"
#include "vc/io.h"
#include "vc/util.h"

#define PORT_MS 10000
#define BIND_MS 20000

struct vfs {
	int device, port;
	struct child child;
	struct loop *loop;
	const char *mount, *binds;
};

/* Only the two descriptors: what else is open would stay so. */
static int serve(void *arg)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct vfs *v = arg;
	int low = v->device < v->port ? v->device : v->port;
	int high = v->device < v->port ? v->port : v->device;

	write_text("/proc/self/oom_score_adj", "-900");
	prctl(PR_SET_NAME, "sandboxfs");
	if (low > 3)
		syscall(SYS_close_range, 3u, low - 1, 0);
	if (high > low + 1)
		syscall(SYS_close_range, low + 1, high - 1, 0);
	syscall(SYS_close_range, high + 1, ~0u, 0);
	if (fuse_serve(v->device, v->port, &err) < 0)
		console_log("file system: %s", err.msg);
	return 1;
}

static void on_ended(struct child *c, int status)
{
	(void)c;
	console_log("the file system of the host is gone (status %d)", status);
}

static int mount_fuse(const struct vfs *v, struct vc_error *err)
{
	_cleanup_free_ char *options = xasprintf(
		"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,"
		"default_permissions,max_read=%u",
		v->device, FUSE_SERVER_MAX_DATA);

	if (make_dirs(v->mount, 0755, err) < 0)
		return -1;
	if (mount("sandboxfs", v->mount, "fuse.sandboxfs",
		  MS_NOSUID | MS_NODEV, options) < 0)
		return vc_fail(err, errno, "cannot mount on '%s'", v->mount);
	return 0;
}

static int bind_one(const char *mountpoint, const char *path)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *source =
		xasprintf("%s%s", strcmp(mountpoint, "/") ? mountpoint : "",
			  path);

	if (make_dirs(path, 0755, &err) < 0) {
		console_log("%s", err.msg);
		return -1;
	}
	if (mount(source, path, NULL, MS_BIND, NULL) == 0)
		return 0;
	console_log("cannot bind '%s': %s", path, strerror(errno));
	return -1;
}

/* A process, since each step may wait for the host's answer. */
static int bind_all(void *arg)
{
	const struct vfs *v = arg;
	_cleanup_free_ char *list = xstrdup(v->binds);
	char *rest = list, *path;
	int bad = 0;

	while ((path = strsep(&rest, ",")))
		if (*path == '/' && bind_one(v->mount, path) < 0)
			bad = 1;
	return bad;
}

static int bring_up(struct vfs *v, int uevents, struct vc_error *err)
{
	int status;

	v->device = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (v->device < 0)
		return vc_fail(err, errno, "cannot open '/dev/fuse'");
	v->port = port_open(uevents, "virtio-fs", now_ms() + PORT_MS, err);
	if (v->port < 0 || mount_fuse(v, err) < 0)
		return -1;
	v->child.ended = on_ended;
	if (child_start(v->loop, &v->child, serve, v) < 0)
		return vc_fail(err, errno, "cannot create a process");
	if (child_call(v->loop, bind_all, v, now_ms() + BIND_MS, &status,
		       err) < 0)
		return vc_wrap(err, "bind the host's directories");
	return status ? vc_fail(err, 0, "not all of the host's directories are "
					"there, see the console") :
			0;
}

int gondolin_vfs(struct loop *l, int uevents, struct vc_error *err)
{
	static struct vfs v = { .device = -1, .port = -1 }; /* for on_ended() */
	_cleanup_free_ char *mountpoint = gondolin_cmdline("sandboxfs.mount",
							   "/data");
	_cleanup_free_ char *binds = gondolin_cmdline("sandboxfs.bind", "");
	int r;

	v.loop = l;
	v.mount = mountpoint;
	v.binds = binds;
	r = bring_up(&v, uevents, err);
	vc_cleanup_close(&v.device); /* its server's now */
	vc_cleanup_close(&v.port);
	v.mount = v.binds = NULL;
	return r;
}
