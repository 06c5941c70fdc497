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

/* monitor_stage.c: phases, deadlines, and what is said when they are missed */
void monitor_enter_stage(struct monitor *m, const char *name);
void monitor_ready(struct monitor *m);
void monitor_stop(struct monitor *m);
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
