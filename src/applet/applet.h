/*
 * Applets, by the name the program is called with, and what the commands of
 * vdkr and vpdmn share.
 */
#ifndef APPLET_H
#define APPLET_H

#include <stdint.h>
#include <stdio.h>

#include "vc/command.h"
#include "vc/vm.h"

/* argv[0] is the name, which may carry "-<arch>"; return the exit status. */
int applet_vdkr(int argc, char **argv);
int applet_vpdmn(int argc, char **argv);
int applet_oci2vm(int argc, char **argv);
int applet_oci2gondolin(int argc, char **argv);
int applet_dockerfile2gondolin(int argc, char **argv);

extern const struct command memres_subcommands[];
extern const struct command vstorage_subcommands[];

/* The entry of that name, or NULL. */
const struct command *command_find(const struct command *table,
				   const char *name);
/* `words` is how it is called: "memres restart". */
void command_print_help(const struct command *c, const struct tool *tool,
			const char *words, FILE *out);
/*
 * Runs the subcommand that argv[1] names (argv[0] is the command itself).
 * "--help" after it prints its usage.
 */
int command_dispatch(const struct command *table, struct settings *s, int argc,
		     char **argv, struct vc_error *err);
/*
 * Options of a command that takes at most max_words words after them:
 * *ret_first is the index of the first.  argv[0] is the last word of `words`.
 */
int command_options(const struct cli_option *table, void *into,
		    const struct settings *s, const char *words, int max_words,
		    int argc, char **argv, int *ret_first,
		    struct vc_error *err);

/* memres_status.c */
void memres_print_status(const struct msg_status *st, const char *state_dir);
int memres_list(struct settings *s, int argc, char **argv,
		struct vc_error *err);
/* vstorage_clean.c */
extern const struct cli_option vstorage_clean_options[];
int vstorage_clean(struct settings *s, int argc, char **argv,
		   struct vc_error *err);

/* human.c: "1.5G", "2h 03m 10s"; owned by the caller. */
char *human_size(uint64_t bytes);
char *human_time(uint64_t seconds);

#endif
