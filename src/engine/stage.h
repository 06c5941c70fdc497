/*
 * Files of the host in the guest, for one command: packed as one tar, sent in
 * one go before the command, removed after it, however it ended.
 */
#ifndef ENGINE_STAGE_H
#define ENGINE_STAGE_H

#include "vc/error.h"
#include "vc/source.h"
#include "vc/strv.h"
#include "vc/vm.h"

/* In the guest: memory, for small files, and the state disk, for trees. */
#define STAGE_SMALL "/run/vcontainer/stage"
#define STAGE_LARGE "/state/stage"

struct stage_out {
	char *guest; /* below the stage, relative; owned */
	char *host;  /* owned */
};

struct stage {
	char id[33];       /* random: the name of this command's directory */
	struct buf small;  /* tar members so far, for STAGE_SMALL */
	bool used;         /* something is, or will be, in STAGE_SMALL */
	bool large_used;   /* the same of STAGE_LARGE */
	struct stage_out *outs; /* to be brought back after the command */
	size_t n_outs;
};

void stage_init(struct stage *s);
void stage_release(struct stage *s);

/*
 * Adds a host file (at most 16 MiB) under `name`; *ret_guest is its path in
 * the guest, owned by the caller.
 */
int stage_add_file(struct stage *s, const char *host, const char *name,
		   char **ret_guest, struct vc_error *err);
/* Adds bytes in place of a file. */
void stage_add_bytes(struct stage *s, const void *data, size_t len,
		     const char *name, char **ret_guest);
/* A place that the command writes and that becomes `host` when it has ended:
 * atomically, mode 0644. */
void stage_expect(struct stage *s, const char *name, const char *host,
		  char **ret_guest);

/* Sends what was added. */
int stage_send(struct stage *s, struct vm *vm, struct vc_error *err);
/* Makes this command's directory on the state disk; *ret_dir is owned by the
 * caller. */
int stage_make_large(struct stage *s, struct vm *vm, char **ret_dir,
		     struct vc_error *err);
/* Unpacks a tar, whose members are relative, into this command's directory on
 * the state disk; *ret_dir is that directory, owned by the caller. */
int stage_send_tree(struct stage *s, struct vm *vm, struct byte_source *tar,
		    char **ret_dir, struct vc_error *err);
/* Brings back what was expected and is there. */
int stage_collect(struct stage *s, struct vm *vm, struct vc_error *err);
/* Removes all of it from the guest; a failure is only logged. */
void stage_remove(struct stage *s, struct vm *vm);

#endif
