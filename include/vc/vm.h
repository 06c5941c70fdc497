/*
 * A VM as its users see it: found or started by what it must be, then told to
 * run commands.  Behind it stand the monitor process, QEMU and the guest's
 * agent (docs/architecture.md); nothing here knows docker's or podman's words.
 */
#ifndef VC_VM_H
#define VC_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/msg.h"
#include "vc/source.h"
#include "vc/strv.h"

/* What a VM must be.  All strings borrowed from the settings. */
struct vm_spec {
	const char *tool;      /* "vdkr": for messages and the hostname */
	const char *engine;    /* "docker", "podman", "none", "image" */
	const char *arch;      /* "x86_64", "aarch64" */
	const char *state_dir; /* absolute */
	const char *guest_dir; /* holds kernel, initramfs, rootfs.squashfs */
	uint64_t memory;       /* bytes */
	uint64_t disk;         /* bytes, virtual size of state.img */
	uint32_t cpus;
	uint32_t idle_timeout; /* seconds; 0: never */
	bool kvm;              /* may be used where it works */
	bool network;
	bool oneshot;          /* ends with its last client */
	bool stateless;        /* state_dir is removed when the VM has ended */
	bool suspend;          /* an unused VM is suspended, not ended */
	/*
	 * A converted image instead of the engines: its files, absolute, NULL
	 * for guest_dir's.  The root disk is only read; what the guest writes
	 * goes to a file of state_dir, and there is no state disk.
	 */
	const char *kernel, *initramfs, *root;
	const char *root_format; /* "raw", "qcow2" */
	const char *cmdline;     /* words for the kernel after ours; NULL: none */
	/* sizes that the user named on the command line: a running VM of
	 * another size is then an error */
	bool fixed_memory, fixed_cpus, fixed_disk;
	struct strv insecure_registries; /* owned by the spec's owner */
};

struct vm; /* a connection to a monitor */

/*
 * Connects to the spec's VM, starting it when none runs; returns when the
 * engine answers, with progress on the terminal.  *ret_started: we did it.
 */
int vm_open(const struct vm_spec *spec, struct vm **ret, bool *ret_started,
	    struct vc_error *err);
/*
 * Connects only if a VM runs: 1 and *ret, 0 when none runs, -1 on an error.
 * It may still be starting.
 */
int vm_find(const char *state_dir, struct vm **ret, struct vc_error *err);
void vm_free(struct vm *vm);
#define _cleanup_vm_ __attribute__((cleanup(vm_cleanup)))
void vm_cleanup(struct vm **vm);

int vm_status(struct vm *vm, struct msg_status *ret, struct vc_error *err);
/* Leaves its memory and devices on the disk, so that vm_open() goes on with
 * it; returns when QEMU and the monitor are gone. */
int vm_suspend(struct vm *vm, struct vc_error *err);
/* True when a VM that was suspended lies there. */
bool vm_is_suspended(const char *state_dir);
/* Removes what a suspended VM had in memory; its disk stays.  The caller has
 * made sure that none runs. */
void vm_drop_suspended(const char *state_dir);
/* Orderly stop, bounded; returns when QEMU and the monitor are gone. */
int vm_stop(struct vm *vm, struct vc_error *err);
/* Changes a setting of the running VM: key "insecure-registries"; "resident",
 * without values: a one-shot VM stays after all. */
int vm_set(struct vm *vm, const char *key, const struct strv *values,
	   struct vc_error *err);

/*
 * One command in the guest.  Each of the three streams is an fd of ours
 * (borrowed), or a source or sink, or nothing (/dev/null in the guest): fd -1
 * and NULL.
 */
struct vm_exec {
	struct strv argv; /* owned by the caller, as is all else here */
	struct strv env;
	const char *cwd; /* NULL: / */
	const char *user; /* of an image: "user[:group]"; NULL: root */
	int in_fd, out_fd, err_fd;
	struct byte_source *in;
	struct byte_sink *out, *err;
	/*
	 * Give the guest's process a terminal for those of our fds that are
	 * one; ours is raw meanwhile if in_fd is one of them.
	 */
	bool tty;
	bool relay_signals; /* SIGINT, SIGTERM, SIGHUP, ... reach the process */
};
#define VM_EXEC_INIT { STRV_INIT, STRV_INIT, NULL, NULL, -1, -1, -1, NULL, NULL, NULL, false, false }

/*
 * Runs it to its end: *ret_status is its exit code, or 128 + n when signal n
 * ended it.  -1 when it could not be run or the VM died.
 */
int vm_exec(struct vm *vm, const struct vm_exec *x, int *ret_status,
	    struct vc_error *err);
/* The same with stdout collected (at most max bytes, else an error) and
 * stderr made into the error if the status is not 0. */
int vm_exec_collect(struct vm *vm, const struct strv *argv, size_t max,
		    struct buf *ret_out, struct vc_error *err);


/* Ends the whole command after so many seconds (--timeout; 0: never) with
 * status 124; calls of this header notice it. */
void vm_set_deadline(uint32_t seconds);

/* True when a process holds the state directory's lock. */
bool vm_is_locked(const char *state_dir);

#endif
