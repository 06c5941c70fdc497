/*
 * The monitor: one process per state directory, which owns QEMU, the channel
 * to the guest and the control socket.  This header is for the files of the
 * monitor; everybody else sees monitor_spawn() only.
 */
#ifndef VM_MONITOR_H
#define VM_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/msg.h"
#include "vc/vm.h"
#include "vm/conn.h"
#include "vm/console.h"
#include "vm/qemu.h"
#include "vm/qmp.h"

/*
 * Starts a monitor as a daemon and returns when it listens.  The caller holds
 * STATE_START_LOCK.
 */
int monitor_spawn(const struct vm_spec *spec, struct vc_error *err);

#define CLIENTS_MAX 256
#define STREAMS_PER_CLIENT 256
#define STREAMS_MAX 1024

struct client {
	struct client *next;
	struct conn conn;
	bool greeted;    /* its HELLO came */
	bool leaving; /* done with a one-shot VM: waits for its end, if that
		       * comes now */
	uint32_t streams;
};

/* One command's way between a client and the guest. */
struct stream {
	struct stream *next;
	uint32_t id;        /* on the channel */
	uint32_t client_id; /* on the client's connection */
	struct client *client;
	/* bytes that each side may still send, per channel 0, 1, 2 */
	uint32_t credit[3];
};

/* A client that waits for the guest's DONE to its setting. */
struct pending {
	struct pending *next;
	struct client *client; /* NULL: it has left */
};

enum phase {
	PHASE_STARTING,
	PHASE_RUNNING,
	PHASE_STOPPING, /* POWEROFF was sent */
	PHASE_ENDED,    /* QEMU is gone or given up: tell the clients, leave */
};

struct monitor {
	const struct vm_spec *spec;
	int lock_fd, listen_fd;
	struct qemu qemu;
	struct qmp qmp;
	struct conn guest;
	struct console console, words;
	struct client *clients;
	uint32_t n_clients;
	struct stream *streams;
	uint32_t n_streams, last_stream;
	struct pending *pending;
	struct strv insecure_registries; /* as the guest has them */

	enum phase phase;
	bool oneshot;            /* ends with its last client */
	char *stage;             /* of the start, owned */
	int64_t started_ms;
	int64_t deadline_ms;     /* of the stage or of the stop; 0: none */
	int64_t idle_since_ms;   /* 0: somebody is here */
	bool stat_asked;
	bool guest_greeted;      /* the agent's HELLO came */
	uint32_t containers;     /* as of the last STATED */
	bool killed;             /* QEMU did not end by itself */
	bool kvm_failed;         /* QEMU is ended, to start again emulated */
	int boots_again;         /* starts repeated after an early panic */
	bool relaunch;           /* QEMU is being ended, to start again */
	struct strv key;         /* what a suspended VM must have in common */
	bool suspendable;        /* its memory is a file */
	bool resuming;           /* it starts from a suspended VM */
	int devices_fd;          /* the state of its devices, in or out; or -1 */
	char *note;              /* for clients with -v, owned; or NULL */
	bool suspending;         /* it is being stopped to be suspended */
	bool saved;              /* its state was written */
	bool disk_full;          /* the VM stands still until space is made */
	bool had_client;
	bool ran;                /* it was READY once */
	bool told;               /* a client has heard of the failure */
	char *failure;           /* why the VM ended, owned; NULL: orderly */
};

/* monitor_launch.c: the disk and QEMU; a failure is a failed stage */
void monitor_launch(struct monitor *m);
/* KVM that is there need not work (nested, odd hosts): true when the VM that
 * does not come up used it and is being started again without. */
bool monitor_give_up_kvm(struct monitor *m);
/* The same after a panic of an emulated VM's kernel that may be chance. */
bool monitor_boot_again(struct monitor *m);
void monitor_release_vm(struct monitor *m);
/* QEMU has ended while another is to take its place. */
void monitor_launch_again(struct monitor *m);

/* monitor_suspend.c */
/* Suspends the VM if it can be, else stops it. */
void monitor_suspend(struct monitor *m);
/* Why it cannot be, in words; NULL: it can. */
const char *monitor_cannot_suspend(const struct monitor *m);
/* The answer to FRAME_QUIESCE or FRAME_RESUME; "" when it is done. */
void suspend_quiesced(struct monitor *m, const char *error);
void resume_done(struct monitor *m, const char *error);
/* QMP: the state was written or read, or not. */
void suspend_migrated(struct monitor *m);
void suspend_failed(struct monitor *m);
/* QMP is there: reads the state in. */
void resume_start(struct monitor *m);
/* True when the VM that does not go on is being booted instead. */
bool resume_give_up(struct monitor *m, const char *why);
/* QEMU has ended after its state was written: makes it count. */
void suspend_keep(struct monitor *m);

/* monitor_stage.c: phases, deadlines, and what is said when they are missed */
void monitor_enter_stage(struct monitor *m, const char *name);
void monitor_ready(struct monitor *m);
void monitor_stop(struct monitor *m);
/* No new client from now on; begins the stopping phase. */
void monitor_leave_socket(struct monitor *m);
/* The guest is told to power off. */
void monitor_power_off(struct monitor *m);
void monitor_end(struct monitor *m, char *failure); /* takes failure */
void monitor_fail_stage(struct monitor *m, const char *why);
void monitor_deadline(struct monitor *m);

/* monitor_clients.c */
void clients_accept(struct monitor *m);
void client_receive(struct monitor *m, struct client *c);
void client_drop(struct monitor *m, struct client *c);
void clients_broadcast(struct monitor *m, uint8_t type, const void *p, size_t n);

/* monitor_guest.c */
void guest_receive(struct monitor *m);
void guest_configure(struct monitor *m);

/* streams.c */
struct stream *stream_open(struct monitor *m, struct client *c,
			   uint32_t client_id, const char **ret_refusal);
struct stream *stream_of_client(struct monitor *m, const struct client *c,
				uint32_t client_id);
struct stream *stream_by_id(struct monitor *m, uint32_t id);
void stream_free(struct monitor *m, struct stream *s);
/* Ends it with an error for its client; the guest is told too. */
void stream_fail(struct monitor *m, struct stream *s, int errnum,
		 const char *message);
/* Accounts a DATA or CREDIT frame; false when the sender overstepped. */
bool stream_account(struct stream *s, const struct frame *f, bool from_client);

#endif
