/*
 * One call of an engine's command: its argv on the way to the guest, and what
 * has to happen around it.
 */
#ifndef ENGINE_CALL_H
#define ENGINE_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/scan.h"
#include "engine/stage.h"
#include "vc/error.h"
#include "vc/settings.h"
#include "vc/strv.h"
#include "vc/vm.h"

/* When a command reads its standard input; a command that does not must not
 * eat its caller's. */
enum stdin_use {
	STDIN_NEVER,
	STDIN_ALWAYS,
	STDIN_INTERACTIVE, /* with -i */
	STDIN_ATTACH,      /* unless --no-stdin */
	STDIN_DASH,        /* when a word or an option's value is "-" */
	STDIN_PROMPT,      /* unless -f: they ask whether they should */
	STDIN_LOGIN,
};

struct engine_call;

struct engine_command {
	const char *first, *second; /* "image" "load", or "load" NULL */
	const struct option_table *options; /* [0] docker's, [1] podman's */
	enum stdin_use stdin_use;
	/* NULL: engine_pass() */
	int (*run)(struct engine_call *call, struct vc_error *err);
	/* which of its words names a file of the host that it reads, counted
	 * from 1; 0: none does */
	size_t file_word;
};

struct engine_call {
	struct settings *s;
	const struct engine_command *command; /* NULL: a word we do not know */
	struct strv argv; /* owned: the engine's name, then the user's words */
	size_t first;     /* index behind the command's words */
	struct scan scan; /* of argv as the user gave it */
	struct strv env;  /* owned: the CLI's environment in the guest */
	struct stage stage;
	int out_fd;       /* the CLI's stdout where no sink takes it; -1: nowhere */
	struct vm *vm;    /* NULL until engine_open() */
};

/* The command that argv (from the user: argv[0] is the command word) names,
 * and in *ret_words how many words its name has; NULL when it is in no table. */
const struct engine_command *engine_find(int argc, char *const *argv,
					 size_t *ret_words);
bool engine_is_podman(const struct engine_call *call);

void call_init(struct engine_call *call, struct settings *s, int argc,
	       char *const *argv);
void call_release(struct engine_call *call);

/* Starts or finds the VM, unless an earlier command of the session has;
 * whatever can fail without it should have by now. */
int engine_open(struct engine_call *call, struct vc_error *err);

/* True when the engine's CLI will read its standard input. */
bool engine_reads_stdin(const struct engine_call *call);

/* environment.c: what of the caller's environment the CLI in the guest sees,
 * and "-e NAME" made exact. */
void engine_environment(struct engine_call *call);

/* host_files.c: options that name files of the host (--env-file, --cidfile):
 * checked, staged and rewritten. Before engine_open(). */
int engine_host_files(struct engine_call *call, struct vc_error *err);

/* other_files.c: the same for the options and words of the commands that have
 * no file of their own. */
int engine_other_files(struct engine_call *call, struct vc_error *err);

/* drop.c: takes an option that has a value out of argv, and scans it again. */
void engine_drop_option(struct engine_call *call, const char *name);

/* volumes.c: refuses what would mount the guest's paths as if they were the
 * host's; notes ports that only the VM sees. */
int engine_check_mounts(const struct engine_call *call, struct vc_error *err);

/* Runs call->argv with our own three streams: the exit status, or -1. */
int engine_pass(struct engine_call *call, struct vc_error *err);
/* The same with stdin from a source and stdout to a sink where not NULL. */
int engine_pass_streams(struct engine_call *call, struct byte_source *in,
			struct byte_sink *out, struct vc_error *err);

/* load.c, import.c, save.c, copy.c, build.c, volume_import.c */
int engine_load(struct engine_call *call, struct vc_error *err);
int engine_import(struct engine_call *call, struct vc_error *err);
int engine_save(struct engine_call *call, struct vc_error *err);
int engine_volume_import(struct engine_call *call, struct vc_error *err);
int engine_copy(struct engine_call *call, struct vc_error *err);
int engine_build(struct engine_call *call, struct vc_error *err);

#endif
