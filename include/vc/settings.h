/*
 * What a call of vdkr or vpdmn works with, resolved from options, argv[0],
 * environment and configuration file in the order of docs/vdkr.md.
 */
#ifndef VC_SETTINGS_H
#define VC_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/cli.h"
#include "vc/error.h"
#include "vc/strv.h"
#include "vc/vm.h"

/* The two engines differ in these words only; everything else is shared. */
struct tool {
	const char *name;        /* "vdkr" */
	const char *engine;      /* "docker": also the guest's program */
	const char *env_prefix;  /* "VDKR" */
	const char *state_base;  /* ".vdkr", below the home directory */
	const char *socket;      /* "docker.sock" */
};
extern const struct tool tool_vdkr, tool_vpdmn;

struct settings {
	const struct tool *tool;
	/* global options, as given */
	char *opt_arch, *opt_instance, *opt_state_dir, *opt_config_dir,
		*opt_blob_dir, *opt_memory, *opt_cpus, *opt_disk, *opt_timeout;
	struct strv insecure_registries;
	bool stateless, no_daemon, no_kvm, no_network, verbose, quiet, help,
		version;
	/* resolved by settings_resolve(), owned */
	char *arch;       /* "x86_64" or "aarch64" */
	char *config_dir;
	char *state_base; /* directory that holds the instances */
	char *state_dir;
	char *guest_dir;  /* set by settings_guest_dir() */
	uint64_t memory, disk; /* bytes */
	uint32_t cpus, timeout, idle_timeout; /* seconds; 0: none */
	bool auto_daemon, suspend;
	int stateless_fd; /* keeps a fresh store from being cleaned; 0: none */
};

void settings_release(struct settings *s);
/*
 * Parses the global options (those before the command word) of argv[1..];
 * *ret_used is the index of the command word in argv (argc when none).
 */
int settings_parse(struct settings *s, const struct tool *tool, int argc,
		   char **argv, int *ret_used, struct vc_error *err);
/* The global options, for the help. */
extern const struct cli_option settings_options[];
/*
 * Fills the resolved part (state_dir stays NULL with --stateless, until
 * settings_make_state_dir(); state_base with --state-dir).  argv0 may carry an architecture suffix. */
int settings_resolve(struct settings *s, const char *argv0,
		     struct vc_error *err);
/* Finds the guest's files; the error names the full path that is missing and
 * the command that builds it. */
int settings_guest_dir(struct settings *s, struct vc_error *err);
/* The same for an architecture: in `given` (NULL: $VCONTAINER_GUEST_DIR, then
 * the built-in places); *ret is owned by the caller. */
int guest_dir_find(const char *given, const char *arch, char **ret,
		   struct vc_error *err);
/*
 * Makes the state directory (0700) or checks an existing one: ours, a real
 * directory, nobody else may write.  With --stateless a fresh one, after
 * those that earlier calls left behind have been removed.
 */
int settings_make_state_dir(struct settings *s, struct vc_error *err);
/* The VM that these settings ask for; borrowed strings. */
void settings_vm_spec(const struct settings *s, struct vm_spec *ret);

/* "amd64" -> "x86_64", "arm64" -> "aarch64"; NULL when not supported. */
const char *arch_canonical(const char *name);
/* "x86_64" -> "amd64" (the OCI name). */
const char *arch_oci(const char *canonical);
extern const char *const arch_supported; /* "x86_64, aarch64" */

#endif
