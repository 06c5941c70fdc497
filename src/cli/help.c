/* What option tables look like to a reader. */
#include <stdarg.h>
#include <stdlib.h>

#include "vc/cli.h"
#include "vc/util.h"

#define HELP_COLUMN 32

static void print_option(const struct cli_option *o, FILE *out)
{
	_cleanup_free_ char *left = NULL;

	if (o->letter)
		left = xasprintf("  -%c, --%s%s%s", o->letter, o->name,
				 o->arg ? " " : "", o->arg ? o->arg : "");
	else
		left = xasprintf("      --%s%s%s", o->name, o->arg ? " " : "",
				 o->arg ? o->arg : "");
	fprintf(out, "%-*s %s%s\n", HELP_COLUMN, left, o->help,
		o->kind == CLI_LIST ? " (repeatable)" : "");
}

void cli_print_options(const struct cli_option *table, FILE *out)
{
	for (; table->name; table++)
		print_option(table, out);
}

int cli_see(struct vc_error *err, const char *fmt, ...)
{
	_cleanup_free_ char *before = err->msg;
	_cleanup_free_ char *where = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&where, fmt, ap) < 0)
		vc_oom();
	va_end(ap);
	err->msg = xasprintf("%s: see '%s --help'",
			     before ? before : "unknown error", where);
	return -1;
}
