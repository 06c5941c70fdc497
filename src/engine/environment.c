/*
 * The caller's environment, as far as the engine's CLI looks at it.  The CLI
 * runs in the guest with the guest's PATH and HOME; what "-e NAME" passes on
 * to a container must be the caller's all the same.
 */
#include "engine/environment.h"

#include <stdlib.h>
#include <string.h>

#include "engine/call.h"
#include "vc/util.h"

extern char **environ;

/* What changes how the CLI itself behaves, and is no path or address. */
static const char *const passed[] = {
	"TERM", "COLUMNS", "LINES", "NO_COLOR", "CLICOLOR_FORCE", "DOCKER_BUILDKIT",
	"DOCKER_CONTENT_TRUST", "DOCKER_DEFAULT_PLATFORM", "DOCKER_HIDE_LEGACY_COMMANDS",
	"DOCKER_CLI_HINTS", "BUILDKIT_PROGRESS", "BUILDKIT_COLORS",
	"COMPOSE_PROJECT_NAME", "SOURCE_DATE_EPOCH",
};

/* What the CLI in the guest needs for itself. */
static bool is_reserved(const char *name)
{
	static const char *const names[] = { "PATH", "HOME", "LANG", "TMPDIR", "USER",
					     "LOGNAME", "SHELL", "PWD" };
	static const char *const prefixes[] = { "DOCKER_", "CONTAINER_", "CONTAINERS_",
						"XDG_", "LC_", "LD_", "GO",
						"PODMAN_", "BUILDX_", "SSL_" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_starts(name, prefixes[i]))
			return true;
	return false;
}

void environment_pass(struct strv *env, const char *name)
{
	const char *value = getenv(name);

	if (value)
		strv_addf(env, "%s=%s", name, value);
}

char *environment_argument(struct strv *env, const char *name)
{
	const char *value = getenv(name);

	if (!is_reserved(name)) {
		environment_pass(env, name);
		return NULL;
	}
	if (value)
		return xasprintf("%s=%s", name, value);
	/* not set here, perhaps there: a name that is set nowhere */
	return xstrdup("VCONTAINER_NOT_SET");
}

/* podman: "-e NAME*" is every variable that begins so. */
static void pass_matching(struct strv *env, const char *prefix, size_t len)
{
	for (char **e = environ; *e; e++)
		if (!strncmp(*e, prefix, len))
			strv_add(env, *e);
}

void engine_environment(struct engine_call *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		environment_pass(&call->env, passed[i]);
	for (size_t i = 0; i < call->scan.n_options; i++) {
		const struct scan_option *o = &call->scan.options[i];
		_cleanup_free_ char *argument = NULL;
		size_t len;

		if (!o->value || strchr(o->value, '=') ||
		    (!scan_is(o, "env") && !scan_is(o, "build-arg")))
			continue;
		len = strlen(o->value);
		if (engine_is_podman(call) && len > 1 && o->value[len - 1] == '*') {
			pass_matching(&call->env, o->value, len - 1);
			continue;
		}
		argument = environment_argument(&call->env, o->value);
		if (argument)
			scan_set_value(&call->scan, i, &call->argv, argument);
	}
}
