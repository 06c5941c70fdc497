/* The global options: the table, and what of it cannot go together. */
#include <stdlib.h>

#include "cli/internal.h"
#include "cli/values.h"
#include "vc/cli.h"
#include "vc/util.h"

#define AT(member) offsetof(struct settings, member)

const struct cli_option settings_options[] = {
	{ "arch", 'a', CLI_STRING, AT(opt_arch), "ARCH",
	  "architecture of the VM: x86_64 or aarch64" },
	{ "instance", 'I', CLI_STRING, AT(opt_instance), "NAME",
	  "a VM and store of its own" },
	{ "state-dir", 0, CLI_STRING, AT(opt_state_dir), "DIR",
	  "keep the VM's state in DIR" },
	{ "config-dir", 0, CLI_STRING, AT(opt_config_dir), "DIR",
	  "read the configuration from DIR" },
	{ "blob-dir", 0, CLI_STRING, AT(opt_blob_dir), "DIR",
	  "take the guest's files from DIR" },
	{ "stateless", 0, CLI_FLAG, AT(stateless), NULL,
	  "fresh, empty store; nothing persists" },
	{ "no-daemon", 0, CLI_FLAG, AT(no_daemon), NULL,
	  "end the VM with the command" },
	{ "no-kvm", 0, CLI_FLAG, AT(no_kvm), NULL,
	  "emulate even where KVM is there" },
	{ "no-network", 0, CLI_FLAG, AT(no_network), NULL,
	  "no network in the VM" },
	{ "memory", 0, CLI_STRING, AT(opt_memory), "SIZE",
	  "memory of the VM (2048M)" },
	{ "cpus", 0, CLI_STRING, AT(opt_cpus), "N", "CPUs of the VM (2)" },
	{ "disk", 0, CLI_STRING, AT(opt_disk), "SIZE",
	  "virtual size of the store (64G)" },
	{ "timeout", 0, CLI_STRING, AT(opt_timeout), "SECONDS",
	  "limit for the whole command (none)" },
	{ "insecure-registry", 0, CLI_LIST, AT(insecure_registries),
	  "HOST", "a registry without TLS: HOST or HOST:PORT" },
	{ "verbose", 'v', CLI_FLAG, AT(verbose), NULL, "say what is done" },
	{ "quiet", 'q', CLI_FLAG, AT(quiet), NULL, "say only errors" },
	{ "help", 'h', CLI_FLAG, AT(help), NULL, "print this help" },
	{ "version", 0, CLI_FLAG, AT(version), NULL, "print the version" },
	{ NULL, 0, CLI_FLAG, 0, NULL, NULL },
};

/* "" is what an unset variable in a script makes of a value. */
static int check_not_empty(const struct settings *s, struct vc_error *err)
{
	for (const struct cli_option *o = settings_options; o->name; o++) {
		const char *const *value =
			(const void *)((const char *)s + o->offset);

		if (o->kind == CLI_STRING && *value && !**value)
			return vc_fail_usage(err, "option '--%s' has an empty "
					     "value", o->name);
	}
	return 0;
}

static int check_together(const struct settings *s, struct vc_error *err)
{
	if (s->opt_instance && s->opt_state_dir)
		return vc_fail_usage(err, "'--instance' and '--state-dir' both "
				     "choose the state directory: give one");
	if (s->stateless && (s->opt_instance || s->opt_state_dir))
		return vc_fail_usage(err, "'--stateless' has a state directory "
				     "of its own: leave out '--%s'",
				     s->opt_instance ? "instance" :
						       "state-dir");
	if (s->verbose && s->quiet)
		return vc_fail_usage(err, "'--verbose' and '--quiet' exclude "
				     "each other: give one");
	return 0;
}

static int check_number(const char *text, const char *option,
			int (*parse)(const char *, uint64_t *,
				     struct vc_error *),
			struct vc_error *err)
{
	uint64_t v;

	if (text && parse(text, &v, err) < 0)
		return vc_wrap(err, "option '--%s'", option);
	return 0;
}

static int check_values(const struct settings *s, struct vc_error *err)
{
	if (s->opt_arch && !arch_canonical(s->opt_arch))
		return vc_fail_usage(err, "option '--arch': unknown "
				     "architecture '%s': supported are %s",
				     s->opt_arch, arch_supported);
	if (s->opt_instance && value_instance(s->opt_instance, err) < 0)
		return vc_wrap(err, "option '--instance'");
	if (check_number(s->opt_memory, "memory", value_memory, err) < 0 ||
	    check_number(s->opt_cpus, "cpus", value_cpus, err) < 0 ||
	    check_number(s->opt_disk, "disk", value_disk, err) < 0 ||
	    check_number(s->opt_timeout, "timeout", value_seconds, err) < 0)
		return -1;
	for (size_t i = 0; i < s->insecure_registries.n; i++)
		if (value_registry(s->insecure_registries.v[i], err) < 0)
			return vc_wrap(err, "option '--insecure-registry'");
	return 0;
}

int settings_parse(struct settings *s, const struct tool *tool, int argc,
		   char **argv, int *ret_used, struct vc_error *err)
{
	int used;

	s->tool = tool;
	if (argc < 1) {
		*ret_used = 0;
		return 0;
	}
	if (cli_parse(settings_options, s, argc - 1, argv + 1, &used, err) < 0)
		return cli_see(err, "%s", tool->name);
	if (!s->help && !s->version &&
	    (check_not_empty(s, err) < 0 || check_together(s, err) < 0 ||
	     check_values(s, err) < 0))
		return -1;
	*ret_used = used + 1;
	return 0;
}
