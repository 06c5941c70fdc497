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

void progress(const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	struct winsize ws = { 0 };
	va_list ap;
	int width;

	if (level < LOG_NORMAL || !isatty(STDERR_FILENO))
		return;
	if (!progress_since)
		progress_since = now_ms();
	if (now_ms() - progress_since < 1000)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		vc_oom();
	va_end(ap);
	width = ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 1 ?
			ws.ws_col - 1 : 79;
	dprintf(STDERR_FILENO, "\r\033[K%.*s", width, text);
	progress_shown = true;
}

void progress_end(void)
{
	progress_since = 0;
	if (!progress_shown)
		return;
	progress_shown = false;
	dprintf(STDERR_FILENO, "\r\033[K");
}
