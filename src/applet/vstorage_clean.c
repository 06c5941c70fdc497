/* vstorage clean: stops VMs and removes what they kept. */
#include <stdio.h>
#include <string.h>

#include "applet/applet.h"
#include "vc/instance.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/strv.h"
#include "vc/util.h"

struct clean_options {
	bool all;
};

const struct cli_option vstorage_clean_options[] = {
	{ "all", 0, CLI_FLAG, offsetof(struct clean_options, all), NULL,
	  "every instance" },
	{ NULL, 0, CLI_FLAG, 0, NULL, NULL },
};

static int clean_dir(const char *dir, struct vc_error *err)
{
	_cleanup_strv_ struct strv foreign = STRV_INIT;
	bool ran;
	int r;

	if (instance_stop(dir, &ran, err) < 0)
		return -1;
	r = instance_remove(dir, &foreign, err);
	if (r < 0)
		return -1;
	for (size_t i = 0; i < foreign.n; i++) {
		_cleanup_free_ char *name =
			printable(foreign.v[i], strlen(foreign.v[i]));

		log_note("'%s/%s' is not ours and stays", dir, name);
	}
	if (r)
		printf("Removed %s\n", dir);
	else if (!foreign.n)
		printf("Nothing to remove in %s\n", dir);
	return 0;
}

/* All of them, also when one fails; the first failure is the result. */
static int clean_all(struct settings *s, struct vc_error *err)
{
	_cleanup_instances_ struct instance_list list = { 0 };
	int result = 0;

	if (instance_list(s, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		_cleanup_error_ struct vc_error own = { 0 };

		if (clean_dir(list.v[i].dir, &own) == 0)
			continue;
		if (result < 0) {
			log_note("%s", own.msg);
			continue;
		}
		*err = own;
		own = (struct vc_error){ 0 };
		result = -1;
	}
	return result;
}

int vstorage_clean(struct settings *s, int argc, char **argv,
		   struct vc_error *err)
{
	_cleanup_free_ char *dir = NULL;
	struct clean_options o = { 0 };
	const char *arch;
	int first;

	if (command_options(vstorage_clean_options, &o, s, "vstorage clean", 1, argc,
			    argv, &first, err) < 0)
		return -1;
	if (!o.all && first == argc)
		return clean_dir(s->state_dir, err);
	if (s->opt_state_dir || s->opt_instance || (o.all && first < argc))
		return vc_fail_usage(err, "'%s' chooses other instances than "
				     "what else was given: give one of them",
				     o.all ? "--all" : argv[first]);
	if (o.all)
		return clean_all(s, err);
	arch = arch_canonical(argv[first]);
	if (!arch)
		return vc_fail_usage(err, "unknown architecture '%s': "
				     "supported are %s; choose an instance "
				     "with '--instance'", argv[first],
				     arch_supported);
	dir = path_join(s->state_base, arch);
	return clean_dir(dir, err);
}
