/*
 * Suspending a VM and going on with it.  The order is what keeps it safe: the
 * disk is frozen before the machine stands still, the record is written after
 * QEMU has ended, and it is gone before another QEMU starts from it.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vc/log.h"
#include "vc/util.h"
#include "vm/monitor.h"
#include "vm/suspended.h"

#define QUIESCE_MS 10000
#define MIGRATE_MS 30000
#define SEED_SIZE 256

/* Memory stays in its file (x-ignore-shared); events tell of the end. */
static void set_capabilities(struct monitor *m)
{
	qmp_execute(&m->qmp, "migrate-set-capabilities",
		    "{\"capabilities\":["
		    "{\"capability\":\"x-ignore-shared\",\"state\":true},"
		    "{\"capability\":\"events\",\"state\":true}]}");
}

static int migrate(struct monitor *m, const char *command)
{
	set_capabilities(m);
	if (qmp_pass_fd(&m->qmp, "devices", m->devices_fd) < 0)
		return -1;
	qmp_execute(&m->qmp, command, "{\"uri\":\"fd:devices\"}");
	return 0;
}

/* --- suspending ------------------------------------------------------------- */

const char *monitor_cannot_suspend(const struct monitor *m)
{
	if (m->phase != PHASE_RUNNING)
		return "the VM is just starting or ending";
	if (!m->suspendable)
		return "it was started while the key 'suspend' was false, or "
		       "its disk had no room for its memory";
	if (m->n_streams)
		return "a command is running in the VM: wait for it, or use "
		       "'memres stop'";
	return m->disk_full ? "the host's disk is full" : NULL;
}

void monitor_suspend(struct monitor *m)
{
	if (monitor_cannot_suspend(m)) {
		monitor_stop(m);
		return;
	}
	monitor_leave_socket(m);
	m->suspending = true;
	conn_send(&m->guest, FRAME_QUIESCE, 0, 0, NULL, 0);
	m->deadline_ms = now_ms() + QUIESCE_MS;
}

void suspend_quiesced(struct monitor *m, const char *error)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (!m->suspending || m->saved)
		return;
	if (*error) {
		log_note("cannot suspend the VM: %s", error);
		suspend_failed(m);
		return;
	}
	vc_cleanup_close(&m->devices_fd);
	m->devices_fd = suspended_make_devices(&err);
	qmp_command(&m->qmp, "stop");
	if (m->devices_fd < 0 || migrate(m, "migrate") < 0) {
		log_note("cannot suspend the VM: %s", err.msg ? err.msg :
							       "QEMU is gone");
		suspend_failed(m);
		return;
	}
	m->deadline_ms = now_ms() + MIGRATE_MS;
}

static void send_resume(struct monitor *m)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char seed[SEED_SIZE];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	msg_put_u64(&b, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
	if (getrandom(seed, sizeof(seed), 0) == sizeof(seed))
		buf_add(&b, seed, sizeof(seed));
	conn_send(&m->guest, FRAME_RESUME, 0, 0, buf_ptr(&b), b.len);
}

/* What cannot be suspended is stopped in order. */
void suspend_failed(struct monitor *m)
{
	m->suspending = false;
	qmp_command(&m->qmp, "cont");
	send_resume(m);
	monitor_power_off(m);
}

static void saved(struct monitor *m)
{
	m->saved = true;
	qmp_command(&m->qmp, "quit");
	m->deadline_ms = now_ms() + 5000;
}

void suspend_keep(struct monitor *m)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (suspended_write(&m->key, m->spec->kvm && m->kvm_failed,
			    m->devices_fd, &m->insecure_registries,
			    &err) == 0)
		return;
	log_note("the suspended VM is lost: %s", err.msg);
	suspended_drop();
}

/* --- going on ------------------------------------------------------------------ */

void resume_start(struct monitor *m)
{
	monitor_enter_stage(m, "resume");
	if (migrate(m, "migrate-incoming") < 0)
		resume_give_up(m, "QEMU is gone");
}

static void resume_loaded(struct monitor *m)
{
	qmp_command(&m->qmp, "cont");
	m->guest_greeted = true; /* the key says that it speaks our language */
	send_resume(m);
}

void suspend_migrated(struct monitor *m)
{
	if (m->suspending)
		saved(m);
	else if (m->resuming)
		resume_loaded(m);
}

void resume_done(struct monitor *m, const char *error)
{
	if (!m->resuming || m->phase != PHASE_STARTING)
		return;
	if (*error && resume_give_up(m, error))
		return;
	m->resuming = false;
	monitor_ready(m);
}

bool resume_give_up(struct monitor *m, const char *why)
{
	if (!m->resuming || m->phase != PHASE_STARTING)
		return false;
	log_note("the suspended VM does not go on (%s): booting", why);
	m->resuming = false;
	m->relaunch = true;
	m->guest_greeted = false;
	m->deadline_ms = 0;
	if (m->qemu.pidfd >= 0)
		syscall(SYS_pidfd_send_signal, m->qemu.pidfd, SIGKILL, NULL, 0);
	return true;
}
