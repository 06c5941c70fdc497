/*
 * A VM that was suspended: its memory, the state of its devices, and what
 * both are bound to.  docs/architecture.md, "Suspend and resume".
 */
#ifndef VM_SUSPENDED_H
#define VM_SUSPENDED_H

#include <stdbool.h>

#include "vc/error.h"
#include "vc/strv.h"
#include "vc/vm.h"

#define STATE_RAM "ram.img"
#define STATE_DEVICES "suspend.state"
#define STATE_SUSPENDED "suspended"

/*
 * All functions work in the current directory, the state directory, whose
 * lock the caller holds.
 *
 * What must be the same for a suspended VM to go on: a line for each thing,
 * "name value", the same for the same QEMU, guest files, devices and program.
 */
int suspended_key(const struct vm_spec *spec, bool kvm, struct strv *ret,
		  struct vc_error *err);
/* An empty file for the guest's memory, with room for all of it; an old one
 * goes.  1, 0 when the disk has no room for it. */
int suspended_make_ram(uint64_t size, struct vc_error *err);
/* What the guest never touched of it takes no room any more; and room for all
 * of it again, as far as there is some. */
void suspended_give_back(void);
void suspended_reserve(void);
/* A nameless file for the devices' state. */
int suspended_make_devices(struct vc_error *err);
/*
 * QEMU has written the devices' state to devices_fd and ended: makes all of
 * it a suspended VM.  `registries` is what the guest knows of them.
 */
int suspended_write(const struct strv *key, bool without_kvm, int devices_fd,
		    const struct strv *registries, struct vc_error *err);
/*
 * Takes the suspended VM, which from then on is none any more, so that
 * nothing can be resumed twice: 1 and the fd of the devices' state, 0 when
 * there is none, or one that does not fit: *ret_why (owned) says why, it is
 * NULL when there was none.
 */
int suspended_take(const struct strv *key, int *ret_devices_fd,
		   struct strv *ret_registries, char **ret_why);
/* True when it was to run with KVM but had to be emulated: on this host it is
 * not tried again for it. */
bool suspended_without_kvm(void);
/* Removes memory and state; the disk stays. */
void suspended_drop(void);

#endif
