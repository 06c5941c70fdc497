/*
 * The command table of vdkr and vpdmn: our own commands.  A word that is not
 * in it belongs to the engine.
 */
#ifndef VC_COMMAND_H
#define VC_COMMAND_H

#include <stdbool.h>

#include "vc/cli.h"
#include "vc/settings.h"

struct command {
	const char *name; /* NULL ends a table */
	const char *args; /* after the name in the usage line, "" for none */
	const char *summary;
	const struct cli_option *options; /* for the help; may be NULL */
	/*
	 * argv[0] is the command word.  Returns the exit status, or -1 with
	 * err for the caller to print.  Needs resolved settings.
	 */
	int (*run)(struct settings *s, int argc, char **argv,
		   struct vc_error *err);
	const struct command *subcommands; /* same rules; may be NULL */
	/* runs also when nothing but config_dir could be resolved: what
	 * repairs a broken configuration must not depend on it */
	bool config_only;
};

extern const struct command own_commands[];

int command_memres(struct settings *s, int argc, char **argv, struct vc_error *err);
int command_vimport(struct settings *s, int argc, char **argv, struct vc_error *err);
int command_vrun(struct settings *s, int argc, char **argv, struct vc_error *err);
int command_vshell(struct settings *s, int argc, char **argv, struct vc_error *err);
int command_vconfig(struct settings *s, int argc, char **argv, struct vc_error *err);
int command_vstorage(struct settings *s, int argc, char **argv, struct vc_error *err);
int command_clean(struct settings *s, int argc, char **argv, struct vc_error *err);
/* Any other word: src/engine/. */
int engine_command(struct settings *s, int argc, char **argv, struct vc_error *err);

#endif
