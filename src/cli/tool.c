/* The two tools, and the environment variables named after them. */
#include <stdlib.h>

#include "cli/internal.h"
#include "vc/util.h"

const struct tool tool_vdkr = {
	.name = "vdkr",
	.engine = "docker",
	.env_prefix = "VDKR",
	.state_base = ".vdkr",
	.socket = "docker.sock",
};

const struct tool tool_vpdmn = {
	.name = "vpdmn",
	.engine = "podman",
	.env_prefix = "VPDMN",
	.state_base = ".vpdmn",
	.socket = "podman.sock",
};

static const char *env_set(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

const char *tool_own_env(const struct tool *t, const char *what)
{
	_cleanup_free_ char *name = xasprintf("%s_%s", t->env_prefix, what);

	return env_set(name);
}

const char *tool_env(const struct tool *t, const char *what, char **ret_name)
{
	const char *const prefixes[] = { t->env_prefix, "VXN" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		_cleanup_free_ char *name =
			xasprintf("%s_%s", prefixes[i], what);
		const char *v = env_set(name);

		if (v) {
			*ret_name = steal_ptr(name);
			return v;
		}
	}
	return NULL;
}
