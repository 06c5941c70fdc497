/*
 * QEMU's machine protocol, as far as the monitor needs it: one connection,
 * nonblocking, JSON objects one a line (QEMU's docs/interop/qmp-spec).
 */
#ifndef VM_QMP_H
#define VM_QMP_H

#include <stdbool.h>

#include "vc/buf.h"
#include "vc/error.h"

enum qmp_event {
	QMP_NONE,
	QMP_READY,     /* greeted and capabilities agreed */
	QMP_SHUTDOWN,  /* the guest is off or QEMU is about to end */
	QMP_DISK_FULL, /* the VM is stopped: a write met ENOSPC on the host */
	QMP_DISK_ERROR,
	QMP_STOPPED,   /* the VM stands still, for whatever reason */
	QMP_MIGRATED,  /* the state was written, or read, to its end */
	QMP_MIGRATION_FAILED,
	QMP_FAULT,     /* a command was refused: see `fault` */
};

struct qmp {
	int fd; /* owned */
	struct buf in, out;
	bool ready, eof;
	char *fault; /* owned: QEMU's own words of the last refusal */
};

void qmp_init(struct qmp *q, int fd);
void qmp_release(struct qmp *q);
/* Queues a command without arguments ("cont", "quit"). */
void qmp_command(struct qmp *q, const char *name);
/* The same with arguments: a JSON object. */
void qmp_execute(struct qmp *q, const char *name, const char *arguments);
/* Gives QEMU a copy of fd under a name; -1 and errno. */
int qmp_pass_fd(struct qmp *q, const char *name, int fd);
int qmp_flush(struct qmp *q);
void qmp_fill(struct qmp *q);
/* The next thing that matters, QMP_NONE when there is none yet. */
enum qmp_event qmp_next(struct qmp *q);

#endif
