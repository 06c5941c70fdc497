/* Starting the disk and QEMU, with KVM or, where that fails, without. */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vc/log.h"
#include "vc/util.h"
#include "vm/monitor.h"
#include "vm/state.h"
#include "vm/suspended.h"

#define BOOTS_AGAIN 2

static int make_disk(const struct vm_spec *spec, struct vc_error *err)
{
	if (spec->root)
		return state_overlay(".", spec->root, spec->root_format, err);
	return state_disk(".", spec->disk, spec->fixed_disk, err);
}

static void cannot_go_on(struct monitor *m, const char *why)
{
	free(m->note);
	m->note = xasprintf("the suspended VM is not used: %s", why);
	log_note("%s", m->note);
}

/* A suspended VM that fits, or an empty file for the memory of a new one. */
static int look_for_suspended(struct monitor *m, bool kvm, struct vc_error *err)
{
	_cleanup_strv_ struct strv registries = STRV_INIT;
	_cleanup_free_ char *why = NULL;

	strv_release(&m->key);
	if (suspended_key(m->spec, kvm, &m->key, err) < 0)
		return -1;
	m->resuming = suspended_take(&m->key, &m->devices_fd, &registries,
				     &why) > 0;
	if (m->resuming) {
		/* what its guest knows: the client asks for what it lacks */
		strv_release(&m->insecure_registries);
		strv_add_all(&m->insecure_registries, registries.v);
	}
	if (why)
		cannot_go_on(m, why);
	return m->resuming ? 1 : suspended_make_ram(m->spec->memory, err);
}

static int make_memory(struct monitor *m, bool kvm, struct vc_error *err)
{
	int r = m->suspendable ? look_for_suspended(m, kvm, err) : 0;

	if (r < 0)
		return -1;
	if (r == 0)
		suspended_drop(); /* its disk is about to change */
	if (r == 0 && m->suspendable)
		log_note("no room on the disk for the memory of a suspended "
			 "VM: this one cannot be suspended");
	m->suspendable = r == 1;
	return 0;
}

void monitor_launch(struct monitor *m)
{
	_cleanup_error_ struct vc_error err = { 0 };
	bool kvm;
	int r;

	m->suspendable = m->spec->suspend;
	m->kvm_failed = m->kvm_failed || suspended_without_kvm();
	kvm = m->spec->kvm && !m->kvm_failed && kvm_works(m->spec->arch);
	monitor_enter_stage(m, "disk");
	if (make_disk(m->spec, &err) < 0 || make_memory(m, kvm, &err) < 0) {
		monitor_fail_stage(m, err.msg);
		return;
	}
	monitor_enter_stage(m, "qemu");
	r = qemu_start(m->spec, kvm, m->lock_fd, m->suspendable, m->resuming,
		       &m->qemu, &err);
	if (r < 0) {
		monitor_fail_stage(m, err.msg);
		return;
	}
	qmp_init(&m->qmp, m->qemu.qmp_fd);
	conn_init(&m->guest, m->qemu.channel_fd);
	console_init(&m->console, m->qemu.console_fd, STATE_CONSOLE);
	console_init(&m->words, m->qemu.words_fd, NULL);
}

void monitor_release_vm(struct monitor *m)
{
	qmp_release(&m->qmp);
	conn_release(&m->guest);
	console_release(&m->console);
	console_release(&m->words);
	vc_cleanup_close(&m->devices_fd);
	m->devices_fd = -1;
}

void monitor_launch_again(struct monitor *m)
{
	m->relaunch = false;
	monitor_release_vm(m);
	monitor_launch(m);
}

bool monitor_give_up_kvm(struct monitor *m)
{
	if (m->phase != PHASE_STARTING || !m->qemu.kvm || m->guest_greeted)
		return false;
	log_note("KVM is there but the VM does not come up with it: emulating");
	m->kvm_failed = true;
	m->relaunch = true;
	if (m->qemu.pidfd >= 0)
		syscall(SYS_pidfd_send_signal, m->qemu.pidfd, SIGKILL, NULL, 0);
	/* reaping it starts the next one */
	m->deadline_ms = 0;
	return true;
}

/*
 * QEMU's threads can run an instruction that the kernel on another CPU has
 * just patched away ("Oops: int3", about one boot in fifty where the host is
 * busy).  A panic ends QEMU with status 0; before the agent spoke nothing was
 * mounted, so that it costs a few seconds and nothing else.
 */
bool monitor_boot_again(struct monitor *m)
{
	if (m->phase != PHASE_STARTING || m->qemu.kvm || m->guest_greeted ||
	    m->boots_again == BOOTS_AGAIN)
		return false;
	m->boots_again++;
	log_note("the kernel ended before it started our init: again");
	return true;
}
