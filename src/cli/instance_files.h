/* One state directory from inside: its files, through an fd of it. */
#ifndef CLI_INSTANCE_FILES_H
#define CLI_INSTANCE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/strv.h"

struct instance_usage {
	uint64_t used, store_used, store_size;
};

/* A real directory that belongs to us; -1 with err, err->errnum ENOENT when
 * there is none. */
int instance_open(const char *dir, struct vc_error *err);
/* After a failed instance_open(): 0 and err empty when there is none. */
int instance_missing(struct vc_error *err);
/* Adds up our files; false when there is none. */
bool instance_measure(int fd, struct instance_usage *ret);
/*
 * What a client that starts a monitor and the monitor itself would need:
 * while we hold both, no VM is there and none can start.  The fds are owned
 * by the caller, -1 when not locked.
 */
struct instance_lock {
	int start, vm;
};
#define INSTANCE_LOCK_INIT { -1, -1 }
#define _cleanup_instance_lock_ __attribute__((cleanup(instance_unlock)))
int instance_lock(int fd, const char *dir, struct instance_lock *ret,
		  struct vc_error *err);
void instance_unlock(struct instance_lock *l);
/* One of the two, by its file's name; returns its fd.  wait_s 0: at once or
 * not at all. */
int instance_lock_file(int fd, const char *dir, const char *name,
		       unsigned wait_s, struct vc_error *err);
int instance_unlink_files(int fd, const char *dir, struct vc_error *err);
/* Names of what is in there and not ours. */
int instance_foreign(int fd, const char *dir, struct strv *ret,
		     struct vc_error *err);

#endif
