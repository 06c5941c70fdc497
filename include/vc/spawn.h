/* Helper programs (mke2fs, QEMU): argv as argv, never a shell. */
#ifndef VC_SPAWN_H
#define VC_SPAWN_H

#include <sys/types.h>

#include "vc/error.h"
#include "vc/strv.h"

/*
 * Full path of `name` in $PATH and then in the administrator's directories
 * (/usr/sbin, /sbin), which are missing from many users' PATH.  Owned by the
 * caller; NULL with err naming the Debian package that has it.
 */
char *find_program(const char *name, const char *package, struct vc_error *err);

/*
 * Runs argv to its end with stdin from /dev/null and its output collected;
 * a non-zero status is an error that carries the last line it printed.
 */
int run_program(const struct strv *argv, struct vc_error *err);
/* The same with in_fd (borrowed) as its stdin, read from where it stands. */
int run_program_from(const struct strv *argv, int in_fd, struct vc_error *err);

/*
 * Runs argv to its end with all it prints on our stderr, as it comes, and
 * stdin from in_fd (-1: /dev/null); signals that would end us go to it.
 * *ret_status is its exit code, or 128 + n when signal n ended it.
 */
int run_program_live(const struct strv *argv, int in_fd, int *ret_status,
		     struct vc_error *err);

#endif
