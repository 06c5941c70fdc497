/* The keys of the config file.  Each has an effect: see settings.c. */
#include <string.h>

#include "cli/values.h"
#include "vc/buf.h"
#include "vc/config.h"
#include "vc/settings.h"
#include "vc/util.h"

static int check_arch(const char *value, struct vc_error *err)
{
	if (!arch_canonical(value))
		return vc_fail_usage(err, "unknown architecture '%s': "
				     "supported are %s", value, arch_supported);
	return 0;
}

static int check_seconds(const char *value, struct vc_error *err)
{
	uint64_t v;

	return value_seconds(value, &v, err);
}

static int check_bool(const char *value, struct vc_error *err)
{
	bool v;

	return value_bool(value, &v, err);
}

static int check_memory(const char *value, struct vc_error *err)
{
	uint64_t v;

	return value_memory(value, &v, err);
}

static int check_cpus(const char *value, struct vc_error *err)
{
	uint64_t v;

	return value_cpus(value, &v, err);
}

const struct config_key config_keys[] = {
	{ "arch", "", "architecture: x86_64 or aarch64", check_arch },
	{ "timeout", "0", "seconds a whole command may take, 0: no limit",
	  check_seconds },
	{ "state-dir", "", "directory that holds the instances", value_path },
	{ "verbose", "false", "say more, as with '--verbose'", check_bool },
	{ "idle-timeout", "1800",
	  "seconds after which an unused VM ends, 0: never", check_seconds },
	{ "suspend", "true",
	  "an unused VM is suspended to the disk; false: it is ended",
	  check_bool },
	{ "auto-daemon", "true",
	  "leave the VM running after a command; false: as '--no-daemon'",
	  check_bool },
	{ "memory", "2048M", "memory of the VM", check_memory },
	{ "cpus", "2", "CPUs of the VM", check_cpus },
	{ NULL, NULL, NULL, NULL },
};

const struct config_key *config_key_find(const char *name, struct vc_error *err)
{
	_cleanup_buf_ struct buf names = BUF_INIT;

	for (const struct config_key *k = config_keys; k->name; k++) {
		if (!strcmp(k->name, name))
			return k;
		buf_printf(&names, "%s%s", names.len ? ", " : "", k->name);
	}
	vc_fail_usage(err, "unknown key '%s': valid are %s", name,
		      buf_ptr(&names));
	return NULL;
}
