/* QEMU as a child of the monitor. */
#ifndef VM_QEMU_H
#define VM_QEMU_H

#include <stdbool.h>
#include <sys/types.h>

#include "vc/error.h"
#include "vc/strv.h"
#include "vc/vm.h"

struct qemu {
	pid_t pid;
	int pidfd;
	/* our ends, owned by whoever takes them */
	int qmp_fd, channel_fd, console_fd;
	int words_fd; /* QEMU's own stdout and stderr */
	bool kvm;
};

/* True when this host's KVM can run `arch`. */
bool kvm_works(const char *arch);

/* QEMU's ends; their numbers are those in QEMU. */
struct qemu_fds {
	int qmp, channel, console;
	bool memory_file; /* the guest's memory is STATE_RAM */
	bool incoming; /* it waits for the state of a suspended VM */
};

/* Full path of the emulator for the spec's architecture; owned. */
char *qemu_program(const struct vm_spec *spec, struct vc_error *err);
/* The command line; `program` is its full path. */
void qemu_command_line(const struct vm_spec *spec, bool kvm,
		       const char *program, const struct qemu_fds *fds,
		       struct strv *ret);

/*
 * Starts QEMU, which is killed when the calling process ends, and inherits
 * lock_fd, so that the state directory stays locked while it lives.
 * memory_file: the guest's memory is the file STATE_RAM.
 * incoming: it waits for the state of a suspended VM instead of booting.
 */
int qemu_start(const struct vm_spec *spec, bool kvm, int lock_fd,
	       bool memory_file, bool incoming, struct qemu *ret, struct vc_error *err);

#endif
