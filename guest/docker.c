/*
 * Docker: containerd and dockerd.  containerd is started by us, although
 * dockerd would do it: it needs no module and no network, so that it comes up
 * while those are made ready, and dockerd does not wait for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "console.h"
#include "engine.h"
#include "process.h"
#include "vc/io.h"
#include "vc/util.h"

#define RELOAD_MS 10000
/* What containers get to end by themselves; daemon.json says the same. */
#define CONTAINERS_STOP_MS 8000

#define CONTAINERD_CONFIG "/run/vcontainer/containerd.toml"
#define CONTAINERD_SOCKET "/run/docker/containerd/containerd.sock"

/* Where dockerd has it too, when it starts containerd itself. */
static const char containerd_toml[] =
	"version = 2\n"
	"root = \"/var/lib/docker/containerd/daemon\"\n"
	"state = \"/run/docker/containerd/daemon\"\n"
	"disabled_plugins = [\n"
	"  \"io.containerd.grpc.v1.cri\",\n"
	"  \"io.containerd.snapshotter.v1.aufs\",\n"
	"  \"io.containerd.snapshotter.v1.blockfile\",\n"
	"  \"io.containerd.snapshotter.v1.btrfs\",\n"
	"  \"io.containerd.snapshotter.v1.devmapper\",\n"
	"  \"io.containerd.snapshotter.v1.zfs\",\n"
	"]\n"
	"[grpc]\n"
	"  address = \"" CONTAINERD_SOCKET "\"\n";

static char *const containerd_argv[] = { "/usr/bin/containerd", "--config",
					 CONTAINERD_CONFIG, NULL };
static char *const dockerd_argv[] = { "/usr/sbin/dockerd",
				      "--host=unix:///run/docker.sock",
				      "--containerd=" CONTAINERD_SOCKET, NULL };

static void reload_done(struct engine *e, const char *error)
{
	void (*done)(struct engine *, const char *) = e->on_reload;

	timer_stop(e->loop, &e->reload);
	e->on_reload = NULL;
	if (done)
		done(e, error);
}

static void on_dockerd_ended(struct daemon *d, int status)
{
	struct engine *e = container_of(d, struct engine, dockerd);

	(void)status;
	e->started = true;
	reload_done(e, "the engine has ended");
}

static void on_answer(struct engine_ping *p)
{
	struct engine *e = container_of(p, struct engine, ping);

	e->up = true;
	e->started = true;
}

static void on_line(struct engine_log *log, const char *line)
{
	struct engine *e = container_of(log, struct engine, log);

	if (!e->on_reload)
		return;
	if (strstr(line, "Reloaded configuration"))
		reload_done(e, "");
	else if (strstr(line, "Error reconfiguring the daemon") ||
		 strstr(line, "unable to configure the Docker daemon"))
		reload_done(e, line);
}

static void on_reload_timeout(struct timer *t)
{
	reload_done(container_of(t, struct engine, reload),
		    "the engine did not reload its configuration in time");
}

int docker_prepare(struct engine *e, struct vc_error *err)
{
	if (engine_log_open(&e->log, e->loop, err) < 0 ||
	    write_file_at(AT_FDCWD, CONTAINERD_CONFIG, 0600, containerd_toml,
			  strlen(containerd_toml), err) < 0)
		return -1;
	e->log.on_line = on_line;
	e->reload.fire = on_reload_timeout;
	e->containerd.argv = containerd_argv;
	e->containerd.output = e->log.writer;
	e->containerd.keep = true;
	return daemon_start(&e->containerd, e->loop, err);
}

int docker_start(struct engine *e, int64_t due, struct vc_error *err)
{
	int r;

	e->ping.on_answer = on_answer;
	e->dockerd.argv = dockerd_argv;
	e->dockerd.output = e->log.writer;
	e->dockerd.on_ended = on_dockerd_ended;
	if (engine_ping_open(&e->ping, e->loop, err) < 0 ||
	    daemon_start(&e->dockerd, e->loop, err) < 0)
		return -1;
	r = loop_wait(e->loop, &e->started, due);
	engine_ping_close(&e->ping);
	if (r < 0)
		return vc_fail(err, errno, "dockerd does not answer:%s",
			       engine_log_tail(&e->log));
	if (!e->up)
		return vc_fail(err, 0, "dockerd has ended:%s",
			       engine_log_tail(&e->log));
	/* one that never came up would not do so the next time either */
	e->dockerd.keep = true;
	return 0;
}

void docker_reload(struct engine *e)
{
	if (e->dockerd.child.pid <= 0) {
		/* it reads its configuration when it starts */
		reload_done(e, "");
		return;
	}
	timer_start(e->loop, &e->reload, RELOAD_MS);
	daemon_signal(&e->dockerd, SIGHUP);
}

/*
 * dockerd asks every container to end and waits 10 s or what the container
 * was made with, whatever daemon.json says.  Those that are left then are
 * killed under it, so that it can still write down that they have ended.
 */
void docker_stop(struct engine *e, int64_t due)
{
	int64_t asked = now_ms() + CONTAINERS_STOP_MS;

	if (daemon_stop(&e->dockerd, asked < due ? asked : due) == 0)
		return;
	containers_kill();
	if (loop_wait(e->loop, &e->dockerd.ended, due) == 0)
		return;
	console_log("the engine does not stop: killed");
	daemon_signal(&e->dockerd, SIGKILL);
}
