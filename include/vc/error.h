/*
 * Errors are values with a history.
 *
 * The rules, in full:
 *  - A function that can fail takes `struct vc_error *err` as its last
 *    argument and returns -1 (or NULL) when it failed.
 *  - Whoever notices the failure fills err once, with vc_fail().
 *  - A caller that passes it on may say what it was doing, with vc_wrap():
 *    "pull 'alpine': layer 2 of 5: digest mismatch".
 *  - Output parameters (ret_x) are untouched on failure.
 *  - Only the applet prints, once, and only it decides the exit status.
 * Messages: lower case, no full stop, names in single quotes, and a hint of
 * what to do where the user can do something.
 */
#ifndef VC_ERROR_H
#define VC_ERROR_H

#include <stdarg.h>

/* Exit statuses of our own; an engine's or a container's passes unchanged. */
enum {
	VC_EXIT_FAILURE = 1,
	VC_EXIT_USAGE = 2,
	VC_EXIT_ENGINE = 125, /* as docker: the command never reached a container */
};

struct vc_error {
	char *msg;  /* owned; NULL: no error */
	int errnum; /* the errno behind it, or 0 */
	int status; /* exit status it asks for; 0 stands for VC_EXIT_FAILURE */
};

/* Fills *err ("fmt...: strerror(errnum)" when errnum is not 0); returns -1. */
int vc_fail(struct vc_error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* As vc_fail(), with VC_EXIT_USAGE as the status. */
int vc_fail_usage(struct vc_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Puts "fmt...: " before the message; returns -1 so that it can be returned. */
int vc_wrap(struct vc_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void vc_error_release(struct vc_error *err);
/* The exit status that err asks for. */
int vc_error_status(const struct vc_error *err);

/* Out of memory has no recovery in a command line tool: says so and exits. */
void vc_oom(void) __attribute__((noreturn));

#endif
