/*
 * Words to the user, on stderr only: "vdkr: ...".  The name is the one we
 * were called by.  Progress lines appear only on a terminal.
 */
#ifndef VC_LOG_H
#define VC_LOG_H

#include "vc/error.h"

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

void log_init(const char *name, enum log_level level);
const char *log_name(void);
enum log_level log_level(void);
/* One line at LOG_NORMAL and above. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One line with -v. */
void log_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The error, in every level; returns the exit status it asks for. */
int log_error(const struct vc_error *err);

enum progress_mode {
	PROGRESS_AUTO,  /* a line replaced in place on a terminal, else nothing */
	PROGRESS_PLAIN, /* a line of its own a second, wherever stderr goes */
	PROGRESS_NONE,
};

/* Of all that follows; PROGRESS_AUTO until it is called. */
void progress_set_mode(enum progress_mode mode);
/*
 * The progress line.  It first appears after a second of work, so short
 * commands stay silent.
 */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void progress_end(void);

#endif
