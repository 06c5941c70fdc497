/* PID 1 of the guest: what it is for is said in docs/architecture.md. */
#include <signal.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <unistd.h>

#include "console.h"
#include "device.h"
#include "gondolin.h"
#include "guest.h"
#include "image.h"
#include "module.h"
#include "mounts.h"
#include "vc/util.h"

#define PORT_NAME "vcontainer"
#define PORT_MS 60000
/* How long a start that has failed stays, for whoever wants to look. */
#define FAILED_MS 60000

#define FILES_MAX 524288

static void set_up_self(void)
{
	const struct rlimit files = { FILES_MAX, FILES_MAX };

	signal(SIGPIPE, SIG_IGN);
	reboot(RB_DISABLE_CAD);
	/* children get an ordinary soft limit back: child_defaults() */
	setrlimit(RLIMIT_NOFILE, &files);
	write_text("/proc/self/oom_score_adj", "-1000");
}

static int early(struct guest *g, struct vc_error *err)
{
	if (mount_early(err) < 0)
		return -1;
	console_open();
	set_up_self();
	g->uevents = uevents_open(err);
	if (g->uevents < 0 || loop_init(&g->loop, err) < 0)
		return -1;
	if (gondolin_is_guest())
		gondolin_run(&g->loop, g->uevents);
	modules_load("/modules");
	g->mode = mode_find();
	return g->mode == MODE_IMAGE ? image_load(&g->image, err) : 0;
}

static int connect_host(struct guest *g, struct vc_error *err)
{
	int port = port_open(g->uevents, PORT_NAME, now_ms() + PORT_MS, err);

	if (port < 0)
		return -1;
	control_open(g, port);
	return 0;
}

static void start(struct guest *g)
{
	_cleanup_error_ struct vc_error err = { 0 };
	const char *stage;

	control_hello(g);
	if (loop_wait(&g->loop, &g->configured, NO_DEADLINE) < 0)
		return;
	if (boot(g, &stage, &err) == 0) {
		control_ready(g);
		return;
	}
	if (g->power_off)
		return;
	control_failed(g, stage, err.msg);
	loop_wait(&g->loop, &g->power_off, now_ms() + FAILED_MS);
	g->power_off = true;
}

/* Until it is over: served to a host, or without one. */
static void serve(struct guest *g)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (g->mode == MODE_IMAGE && !mode_has_channel()) {
		image_run(g);
		return;
	}
	if (connect_host(g, &err) < 0) {
		console_log("cannot start: %s", err.msg);
		return;
	}
	start(g);
	while (!g->power_off)
		loop_once(&g->loop, NO_DEADLINE);
}

int main(int argc, char **argv)
{
	static struct guest g;
	_cleanup_error_ struct vc_error err = { 0 };

	(void)argc;
	if (getpid() != 1) /* everything below is about the whole machine */
		return gondolin_command(argv);
	if (early(&g, &err) < 0)
		console_log("cannot start: %s", err.msg);
	else
		serve(&g);
	power_off(&g);
}
