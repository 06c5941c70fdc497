/* From the kernel to a host that gives orders, and the end; see gondolin.h. */
#include "gondolin.h"

#include <errno.h>
#include <linux/reboot.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "console.h"
#include "device.h"
#include "gondolin_agent.h"
#include "mounts.h"
#include "process.h"
#include "vc/util.h"

#define PORT_MS 20000
/* All ports are announced at once: one that is not there then, is missing. */
#define OTHER_PORT_MS 1000
#define KILL_MS 1500

bool gondolin_is_guest(void)
{
	return access(GONDOLIN_MARK, F_OK) == 0 ||
	       access(GONDOLIN_AGENT, F_OK) == 0;
}

/* A disk without a journal is clean only when it was unmounted. */
static void power_off(struct loop *l) __attribute__((noreturn));
static void power_off(struct loop *l)
{
	int64_t due = now_ms() + KILL_MS;

	console_log("stopping");
	kill(-1, SIGKILL);
	while (processes_left() && now_ms() < due)
		loop_once(l, due);
	unmount_all();
	sync();
	mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	console_log("off");
	for (;;) {
		reboot(LINUX_REBOOT_CMD_POWER_OFF);
		pause(); /* a machine that cannot */
	}
}

static int open_port(int uevents, const char *name, int64_t ms)
{
	_cleanup_error_ struct vc_error err = { 0 };
	int fd = port_open(uevents, name, now_ms() + ms, &err);

	if (fd < 0)
		console_log("%s", err.msg);
	return fd;
}

static void on_gone(struct gondolin_agent *g)
{
	console_log("the host is gone");
	g->loop->interrupted = true;
}

void gondolin_run(struct loop *l, int uevents)
{
	static struct gondolin_agent g;
	_cleanup_error_ struct vc_error err = { 0 }, vfs = { 0 };
	int control, ssh, ingress;

	if (gondolin_root(uevents, &err) < 0) {
		console_log("cannot start: %s", err.msg);
		power_off(l);
	}
	gondolin_network();
	if (gondolin_vfs(l, uevents, &vfs) < 0)
		console_log("file system: %s", vfs.msg);
	gondolin_environment(l, &g.env);
	control = open_port(uevents, "virtio-port", PORT_MS);
	ssh = open_port(uevents, "virtio-ssh", OTHER_PORT_MS);
	ingress = open_port(uevents, "virtio-ingress", OTHER_PORT_MS);
	if (control < 0)
		power_off(l);
	g.on_gone = on_gone;
	gondolin_open(&g, l, control, ssh, ingress);
	gondolin_vfs_state(&g, vfs.msg);
	while (!l->interrupted)
		loop_once(l, NO_DEADLINE);
	power_off(l);
}
