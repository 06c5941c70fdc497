/*
 * The orderly end: engine, processes, file systems, power.  In all less than
 * the 20 s that the host waits.
 */
#include <linux/reboot.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "console.h"
#include "guest.h"
#include "mounts.h"
#include "process.h"
#include "vc/util.h"

#define ENGINE_STOP_MS 11000
#define TERM_MS 5000
#define KILL_MS 1500
#define ALL_MS 14000

/* Every process's end is an event, since orphans are ours. */
static bool wait_for_processes(struct guest *g, int64_t due)
{
	while (processes_left()) {
		if (now_ms() >= due)
			return false;
		loop_once(&g->loop, due);
	}
	return true;
}

static void end_processes(struct guest *g, int64_t due)
{
	int64_t until = now_ms() + TERM_MS;

	kill(-1, SIGTERM);
	kill(-1, SIGCONT); /* a stopped one would not notice */
	if (wait_for_processes(g, until < due ? until : due))
		return;
	kill(-1, SIGKILL);
	if (!wait_for_processes(g, now_ms() + KILL_MS))
		console_log("processes are left");
}

void power_off(struct guest *g)
{
	int64_t due = now_ms() + ALL_MS;

	if (!g->quiet)
		console_log("stopping");
	g->agent.refusal = "the VM is being stopped";
	g->loop.interrupted = false;
	engine_stop(&g->engine, now_ms() + ENGINE_STOP_MS);
	end_processes(g, due);
	if (chdir("/") < 0)
		console_log("no root directory");
	unmount_all();
	/* an image's root may be a disk that is kept; the engines' is memory */
	if (g->mode == MODE_IMAGE)
		mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	sync();
	if (!g->quiet)
		console_log("off");
	for (;;) {
		reboot(LINUX_REBOOT_CMD_POWER_OFF);
		pause(); /* a machine that cannot */
	}
}
