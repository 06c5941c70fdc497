/* Settings: options before the environment, before the config file, before
 * the built-in values. */
#include "vc/settings.h"

#include <stdlib.h>
#include <string.h>

#include "cli/internal.h"
#include "cli/values.h"
#include "vc/config.h"
#include "vc/log.h"
#include "vc/util.h"

void settings_release(struct settings *s)
{
	char **const owned[] = {
		&s->opt_arch, &s->opt_instance, &s->opt_state_dir,
		&s->opt_config_dir, &s->opt_blob_dir, &s->opt_memory,
		&s->opt_cpus, &s->opt_disk, &s->opt_timeout,
		&s->arch, &s->config_dir, &s->state_base, &s->state_dir,
		&s->guest_dir,
	};

	stateless_release(s);
	for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
		free(*owned[i]);
	strv_release(&s->insecure_registries);
	*s = (struct settings){ 0 };
}

/*
 * The value in force for a config key: what the option gives (checked when it
 * was parsed), else the file's, checked here, else the default.
 */
static int effective(const struct settings *s, const char *given,
		     const char *key, char **ret, struct vc_error *err)
{
	const struct config_key *k = config_key_find(key, err);
	_cleanup_free_ char *value = NULL;

	if (!k)
		return -1;
	if (given) {
		*ret = xstrdup(given);
		return 0;
	}
	if (config_get(s->config_dir, key, &value, err) < 0)
		return -1;
	if (value && k->check(value, err) < 0) {
		err->status = 0; /* not the command line's fault */
		return vc_wrap(err, "'%s/config': key '%s'", s->config_dir,
			       key);
	}
	*ret = value ? steal_ptr(value) : xstrdup(k->fallback);
	return 0;
}

static int effective_number(const struct settings *s, const char *given,
			    const char *key,
			    int (*parse)(const char *, uint64_t *,
					 struct vc_error *),
			    uint64_t *ret, struct vc_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (effective(s, given, key, &text, err) < 0)
		return -1;
	return parse(text, ret, err);
}

static int effective_bool(const struct settings *s, const char *key, bool *ret,
			  struct vc_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (effective(s, NULL, key, &text, err) < 0)
		return -1;
	return value_bool(text, ret, err);
}

static int resolve_sizes(struct settings *s, struct vc_error *err)
{
	uint64_t cpus, timeout, idle;

	if (effective_number(s, s->opt_memory, "memory", value_memory,
			     &s->memory, err) < 0 ||
	    effective_number(s, s->opt_cpus, "cpus", value_cpus, &cpus,
			     err) < 0 ||
	    effective_number(s, s->opt_timeout, "timeout", value_seconds,
			     &timeout, err) < 0 ||
	    effective_number(s, NULL, "idle-timeout", value_seconds, &idle,
			     err) < 0 ||
	    value_disk(s->opt_disk ? s->opt_disk : "64G", &s->disk, err) < 0)
		return -1;
	s->cpus = (uint32_t)cpus;
	s->timeout = (uint32_t)timeout;
	s->idle_timeout = (uint32_t)idle;
	return 0;
}

static int note_unknown_keys(const struct settings *s, struct vc_error *err)
{
	_cleanup_strv_ struct strv keys = STRV_INIT;

	if (config_unknown(s->config_dir, &keys, err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		_cleanup_free_ char *key =
			printable(keys.v[i], strlen(keys.v[i]));

		log_note("'%s/config': unknown key '%s' has no effect",
			 s->config_dir, key);
	}
	return 0;
}

int settings_resolve(struct settings *s, const char *argv0,
		     struct vc_error *err)
{
	bool verbose;

	if (resolve_config_dir(s, err) < 0 || note_unknown_keys(s, err) < 0 ||
	    resolve_arch(s, argv0, err) < 0 ||
	    effective_bool(s, "verbose", &verbose, err) < 0 ||
	    effective_bool(s, "auto-daemon", &s->auto_daemon, err) < 0 ||
	    effective_bool(s, "suspend", &s->suspend, err) < 0 ||
	    resolve_sizes(s, err) < 0)
		return -1;
	if (!s->quiet)
		s->verbose |= verbose;
	return resolve_state_dir(s, err);
}

void settings_vm_spec(const struct settings *s, struct vm_spec *ret)
{
	*ret = (struct vm_spec){
		.tool = s->tool->name,
		.engine = s->tool->engine,
		.arch = s->arch,
		.state_dir = s->state_dir,
		.guest_dir = s->guest_dir,
		.memory = s->memory,
		.disk = s->disk,
		.cpus = s->cpus,
		.idle_timeout = s->idle_timeout,
		.kvm = !s->no_kvm,
		.network = !s->no_network,
		.oneshot = s->no_daemon || s->stateless || !s->auto_daemon,
		.stateless = s->stateless,
		.suspend = s->suspend && !s->stateless,
		.fixed_memory = s->opt_memory != NULL,
		.fixed_cpus = s->opt_cpus != NULL,
		.fixed_disk = s->opt_disk != NULL,
		.insecure_registries = s->insecure_registries,
	};
}
