/*
 * Option tables: one table parses the options, prints the help and is what
 * the documentation is compared with.
 */
#ifndef VC_CLI_H
#define VC_CLI_H

#include <stddef.h>
#include <stdio.h>

#include "vc/error.h"

enum cli_kind {
	CLI_FLAG,   /* bool at offset; also --name=true|false */
	CLI_STRING, /* char * at offset, owned; the last one counts */
	CLI_LIST,   /* struct strv at offset; repeatable */
};

struct cli_option {
	const char *name; /* long name without dashes; NULL ends a table */
	char letter;      /* 0: none */
	enum cli_kind kind;
	size_t offset;    /* of the member in the struct that is filled */
	const char *arg;  /* what the help calls the value; NULL for flags */
	const char *help;
};

/*
 * Reads options from argv[0..argc) into `into` until the first word that is
 * none, or past a "--".  *ret_used counts the words taken.  "--opt value",
 * "--opt=value", "-o value", "-ovalue", "-ab" for flags.
 */
int cli_parse(const struct cli_option *table, void *into, int argc,
	      char **argv, int *ret_used, struct vc_error *err);
/*
 * Where to read on: makes "...: see 'vdkr memres --help'" of the message in
 * err; returns -1 so that it can be returned.
 */
int cli_see(struct vc_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The table as help text. */
void cli_print_options(const struct cli_option *table, FILE *out);

#endif
