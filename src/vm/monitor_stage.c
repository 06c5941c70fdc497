/*
 * The life of a VM: stages of its start, running, stopping, ended; each with
 * a deadline, and words for when it is missed.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vc/util.h"
#include "vm/monitor.h"
#include "vm/state.h"

static const struct {
	const char *name;
	int seconds;
	const char *words;
} stages[] = {
	{ "disk", 60, "making the state disk" },
	{ "qemu", 20, "starting QEMU" },
	{ "resume", 30, "going on with the suspended VM" },
	{ "kernel", 120, "booting the kernel" },
	{ "root", 60, "mounting the root file system" },
	{ "state", 300, "checking and mounting the state disk" },
	{ "network", 20, "bringing up the network" },
	{ "engine", 180, "starting the engine" },
};

/* The guest stops its engine and unmounts within 15 s. */
#define STOP_MS 17000
/* Then QEMU is told to quit, and then it is killed. */
#define QUIT_MS 1000

static size_t stage_index(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(stages) - 1 && strcmp(stages[i].name, name))
		i++;
	return i;
}

void monitor_enter_stage(struct monitor *m, const char *name)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t i = stage_index(name);

	free(m->stage);
	m->stage = xstrdup(stages[i].name);
	m->deadline_ms = now_ms() + stages[i].seconds * 1000;
	msg_put_u64(&b, (uint64_t)(now_ms() - m->started_ms));
	msg_put_str(&b, stages[i].words);
	clients_broadcast(m, FRAME_STAGE, buf_ptr(&b), b.len);
}

void monitor_ready(struct monitor *m)
{
	m->phase = PHASE_RUNNING;
	m->ran = true;
	m->deadline_ms = 0;
	clients_broadcast(m, FRAME_READY, NULL, 0);
}

void monitor_fail_stage(struct monitor *m, const char *why)
{
	_cleanup_free_ char *tail = console_tail(&m->console, 8);
	_cleanup_free_ char *words = console_tail(&m->words, 4);

	monitor_end(m, xasprintf("the VM did not start: %s: %s%s%s%s",
				 stages[stage_index(m->stage)].words, why, words,
				 *tail ? "\n  last lines of its console:" : "",
				 tail));
}

/* Tells everybody; the main loop leaves when they have heard it. */
void monitor_end(struct monitor *m, char *failure)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	bool orderly = !m->killed || m->saved || m->spec->stateless ||
		       !m->guest_greeted;

	if (m->phase == PHASE_ENDED) {
		free(failure);
		return;
	}
	if (m->qemu.pidfd >= 0 && failure)
		syscall(SYS_pidfd_send_signal, m->qemu.pidfd, SIGKILL, NULL, 0);
	while (m->streams)
		stream_free(m, m->streams);
	m->phase = PHASE_ENDED;
	m->failure = failure;
	m->told = m->n_clients > 0 || m->ran;
	/* whoever comes now did not see this VM, and starts the next one */
	if (m->ran && m->listen_fd >= 0) {
		unlink(STATE_SOCKET);
		close(m->listen_fd);
		m->listen_fd = -1;
	}
	/* a client that has not come yet, though it started us, is waited for */
	m->deadline_ms = now_ms() + 5000;
	if (!failure) {
		m->told = true;
		msg_put_u8(&b, FRAME_STOP);
		msg_put_str(&b, orderly ? "" : "the guest did not power off in time "
			    "and was ended: its disk will be checked at the next start");
		clients_broadcast(m, FRAME_DONE, buf_ptr(&b), b.len);
		return;
	}
	msg_put_str(&b, m->stage);
	msg_put_str(&b, failure);
	clients_broadcast(m, FRAME_FAILED, buf_ptr(&b), b.len);
}

void monitor_leave_socket(struct monitor *m)
{
	/* from now on a new client starts a new monitor, which waits for our
	 * lock; those in the queue notice the closed connection and do that */
	if (m->listen_fd >= 0)
		close(m->listen_fd);
	m->listen_fd = -1;
	unlink(STATE_SOCKET); /* we live in the state directory */
	m->phase = PHASE_STOPPING;
}

void monitor_power_off(struct monitor *m)
{
	conn_send(&m->guest, FRAME_POWEROFF, 0, 0, NULL, 0);
	m->deadline_ms = now_ms() + STOP_MS;
}

void monitor_stop(struct monitor *m)
{
	if (m->phase >= PHASE_STOPPING)
		return;
	monitor_leave_socket(m);
	if (m->disk_full)
		qmp_command(&m->qmp, "cont");
	if (m->spec->stateless || !m->guest_greeted) {
		/* nothing is kept, or nothing is mounted yet */
		qmp_command(&m->qmp, "quit");
		m->deadline_ms = now_ms() + QUIT_MS;
		m->killed = true;
	} else {
		monitor_power_off(m);
	}
}

void monitor_deadline(struct monitor *m)
{
	_cleanup_free_ char *why = NULL;

	if (resume_give_up(m, "it does not answer") || monitor_give_up_kvm(m))
		return;
	if (m->suspending && !m->saved) {
		suspend_failed(m);
		return;
	}
	if (m->phase == PHASE_STARTING) {
		why = xasprintf("nothing happened within %d s",
				stages[stage_index(m->stage)].seconds);
		monitor_fail_stage(m, why);
	} else if (m->phase == PHASE_STOPPING && !m->killed) {
		m->killed = true;
		qmp_command(&m->qmp, "quit");
		m->deadline_ms = now_ms() + QUIT_MS;
	} else if (m->phase == PHASE_STOPPING) {
		syscall(SYS_pidfd_send_signal, m->qemu.pidfd, SIGKILL, NULL, 0);
		m->deadline_ms = 0; /* its end cannot fail to come now */
	} else {
		m->told = true; /* nobody came */
		m->deadline_ms = 0;
	}
}
