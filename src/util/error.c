/* Error values; the rules are in vc/error.h. */
#include "vc/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/util.h"

void vc_oom(void)
{
	static const char msg[] = "vcontainer: out of memory\n";

	if (write(STDERR_FILENO, msg, sizeof(msg) - 1) < 0)
		_exit(VC_EXIT_FAILURE);
	_exit(VC_EXIT_FAILURE);
}

static char *format(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));

static char *format(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		vc_oom();
	return s;
}

int vc_fail(struct vc_error *err, int errnum, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	vc_error_release(err);
	err->errnum = errnum;
	if (errnum)
		err->msg = xasprintf("%s: %s", what, strerror(errnum));
	else
		err->msg = steal_ptr(what);
	return -1;
}

int vc_fail_usage(struct vc_error *err, const char *fmt, ...)
{
	va_list ap;

	vc_error_release(err);
	va_start(ap, fmt);
	err->msg = format(fmt, ap);
	va_end(ap);
	err->status = VC_EXIT_USAGE;
	return -1;
}

int vc_wrap(struct vc_error *err, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	msg = xasprintf("%s: %s", what, err->msg ? err->msg : "unknown error");
	free(err->msg);
	err->msg = msg;
	return -1;
}

void vc_error_release(struct vc_error *err)
{
	free(err->msg);
	*err = (struct vc_error){ 0 };
}

int vc_error_status(const struct vc_error *err)
{
	return err->status ? err->status : VC_EXIT_FAILURE;
}
