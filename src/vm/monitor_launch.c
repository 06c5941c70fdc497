/* Starting the disk and QEMU, with KVM or, where that fails, without. */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vc/log.h"
#include "vc/util.h"
#include "vm/monitor.h"
#include "vm/state.h"

#define BOOTS_AGAIN 2

static int make_disk(const struct vm_spec *spec, struct vc_error *err)
{
	if (spec->root)
		return state_overlay(".", spec->root, spec->root_format, err);
	return state_disk(".", spec->disk, spec->fixed_disk, err);
}

void monitor_launch(struct monitor *m)
{
	_cleanup_error_ struct vc_error err = { 0 };
	bool kvm = m->spec->kvm && !m->kvm_failed && kvm_works(m->spec->arch);

	monitor_enter_stage(m, "disk");
	if (make_disk(m->spec, &err) < 0) {
		monitor_fail_stage(m, err.msg);
		return;
	}
	monitor_enter_stage(m, "qemu");
	if (qemu_start(m->spec, kvm, m->lock_fd, &m->qemu, &err) < 0) {
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
}

bool monitor_give_up_kvm(struct monitor *m)
{
	if (m->phase != PHASE_STARTING || !m->qemu.kvm || m->guest_greeted)
		return false;
	log_note("KVM is there but the VM does not come up with it: emulating");
	m->kvm_failed = true;
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
