/* Words to the user, and the progress line. */
#include "vc/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vc/util.h"

static const char *name = "vcontainer";
static enum log_level level = LOG_NORMAL;
static int64_t progress_since; /* 0: no work under way */
static bool progress_shown;
static enum progress_mode progress_mode = PROGRESS_AUTO;
static int64_t progress_plain_at; /* when the last plain line was written */

void log_init(const char *n, enum log_level l)
{
	name = n;
	level = l;
}

const char *log_name(void)
{
	return name;
}

enum log_level log_level(void)
{
	return level;
}

/* One write per line: lines of several processes on one terminal stay whole. */
static void put_line(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));

static void put_line(const char *fmt, va_list ap)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *line = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		vc_oom();
	progress_end();
	line = xasprintf("%s: %s\n", name, text);
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		return; /* nobody left to tell */
}

void log_note(const char *fmt, ...)
{
	va_list ap;

	if (level < LOG_NORMAL)
		return;
	va_start(ap, fmt);
	put_line(fmt, ap);
	va_end(ap);
}

void log_verbose(const char *fmt, ...)
{
	va_list ap;

	if (level < LOG_VERBOSE)
		return;
	va_start(ap, fmt);
	put_line(fmt, ap);
	va_end(ap);
}

static void log_always(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

static void log_always(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(fmt, ap);
	va_end(ap);
}

int log_error(const struct vc_error *err)
{
	log_always("%s", err->msg ? err->msg : "unknown error");
	return vc_error_status(err);
}

void progress_set_mode(enum progress_mode mode)
{
	progress_mode = mode;
}

/* True when a line is due now; counts from the first call of some work. */
static bool progress_is_due(void)
{
	int64_t now = now_ms();

	if (level < LOG_NORMAL || progress_mode == PROGRESS_NONE ||
	    (progress_mode == PROGRESS_AUTO && !isatty(STDERR_FILENO)))
		return false;
	if (!progress_since)
		progress_since = progress_plain_at = now;
	if (progress_mode == PROGRESS_AUTO)
		return now - progress_since >= 1000;
	if (now - progress_plain_at < 1000)
		return false;
	progress_plain_at = now;
	return true;
}

static void put_in_place(const char *text)
{
	struct winsize ws = { 0 };
	int width = ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 1 ?
			ws.ws_col - 1 : 79;

	dprintf(STDERR_FILENO, "\r\033[K%.*s", width, text);
	progress_shown = true;
}

void progress(const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	if (!progress_is_due())
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		vc_oom();
	va_end(ap);
	if (progress_mode == PROGRESS_PLAIN)
		dprintf(STDERR_FILENO, "%s: %s\n", name, text);
	else
		put_in_place(text);
}

void progress_end(void)
{
	progress_since = 0;
	if (!progress_shown)
		return;
	progress_shown = false;
	dprintf(STDERR_FILENO, "\r\033[K");
}
