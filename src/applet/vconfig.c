/* vconfig: the configuration file, key by key. */
#include <stdio.h>
#include <string.h>

#include "applet/applet.h"
#include "vc/config.h"
#include "vc/util.h"

/* The default in force: some are found out rather than fixed. */
static const char *fallback(const struct settings *s,
			    const struct config_key *k)
{
	if (*k->fallback)
		return k->fallback;
	if (!strcmp(k->name, "arch") && s->arch)
		return s->arch;
	if (!strcmp(k->name, "state-dir") && s->state_base)
		return s->state_base;
	return "";
}

static int list(const struct settings *s, struct vc_error *err)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		_cleanup_free_ char *value = NULL;

		if (config_get(s->config_dir, k->name, &value, err) < 0)
			return -1;
		printf("%-13s %s%s\n", k->name, value ? value : fallback(s, k),
		       value ? "" : " (default)");
	}
	return 0;
}

static int show(const struct settings *s, const struct config_key *k,
		struct vc_error *err)
{
	_cleanup_free_ char *value = NULL;

	if (config_get(s->config_dir, k->name, &value, err) < 0)
		return -1;
	puts(value ? value : fallback(s, k));
	return 0;
}

int command_vconfig(struct settings *s, int argc, char **argv,
		    struct vc_error *err)
{
	const struct config_key *k;

	if (argc > 3) {
		vc_fail_usage(err, "unexpected argument '%s'", argv[3]);
		return cli_see(err, "%s vconfig", s->tool->name);
	}
	if (argc == 1)
		return list(s, err);
	if (argv[1][0] == '-') {
		vc_fail_usage(err, "unknown option '%s'", argv[1]);
		return cli_see(err, "%s vconfig", s->tool->name);
	}
	k = config_key_find(argv[1], err);
	if (!k)
		return -1;
	if (argc == 2)
		return show(s, k, err);
	return config_set(s->config_dir, k->name,
			  strcmp(argv[2], "--reset") ? argv[2] : NULL, err);
}
