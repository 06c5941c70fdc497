/*
 * vdkr and vpdmn: global options, then a command of ours or the engine's.
 * The only place that prints an error of theirs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "applet/applet.h"
#include "vc/log.h"
#include "vc/settings.h"
#include "vc/util.h"
#include "vc/vm.h"

static void print_help(const struct tool *tool)
{
	printf("Usage: %s [OPTIONS] COMMAND [ARGUMENTS...]\n\n"
	       "%s in an emulated VM, for x86_64 and aarch64.\n\nOptions:\n",
	       tool->name, tool->engine);
	cli_print_options(settings_options, stdout);
	printf("\nCommands of %s (see '%s COMMAND --help'):\n", tool->name,
	       tool->name);
	for (const struct command *c = own_commands; c->name; c++)
		printf("  %-25s %s\n", c->name, c->summary);
	printf("\nEvery other word is a command of %s and goes to it with all "
	       "that follows:\n  %s images, %s run -it alpine sh, ...\n",
	       tool->engine, tool->name, tool->name);
}

static void set_log(const struct settings *s, const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	log_init(slash ? slash + 1 : argv0,
		 s->quiet   ? LOG_QUIET :
		 s->verbose ? LOG_VERBOSE :
			      LOG_NORMAL);
}

/* "-h" is help only where no container's option can be meant: "vrun -h NAME"
 * sets a host name. */
static bool wants_help(const struct command *c, int argc, char **argv)
{
	if (argc < 2)
		return false;
	return !strcmp(argv[1], "--help") ||
	       (!strcmp(argv[1], "-h") && c->run != command_vrun);
}

static int run_command(struct settings *s, const struct command *c,
		       const char *argv0, int argc, char **argv,
		       struct vc_error *err)
{
	if (settings_resolve(s, argv0, err) < 0) {
		if (!c || !c->config_only || !s->config_dir)
			return -1;
		vc_error_release(err);
	}
	set_log(s, argv0);
	if (s->timeout)
		vm_set_deadline(s->timeout);
	if (!c)
		return engine_command(s, argc, argv, err);
	return c->run(s, argc, argv, err);
}

static int run(struct settings *s, const struct tool *tool, int argc,
	       char **argv, struct vc_error *err)
{
	const struct command *c;
	int first;

	if (settings_parse(s, tool, argc, argv, &first, err) < 0)
		return -1;
	set_log(s, argv[0]);
	if (s->version) {
		printf("%s (vcontainer) %s\n", tool->name, VC_VERSION);
		return 0;
	}
	if (s->help || first >= argc) {
		print_help(tool);
		return 0;
	}
	c = command_find(own_commands, argv[first]);
	if (c && wants_help(c, argc - first, argv + first)) {
		command_print_help(c, tool, c->name, stdout);
		return 0;
	}
	return run_command(s, c, argv[0], argc - first, argv + first, err);
}

static int applet(const struct tool *tool, int argc, char **argv)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct settings s = { 0 };
	int status;

	set_log(&s, argv[0]);
	status = run(&s, tool, argc, argv, &err);
	/* a full disk behind "> file" must not look like success */
	if (status >= 0 && (fflush(stdout) == EOF || ferror(stdout)))
		status = vc_fail(&err, errno, "cannot write to standard output");
	if (status < 0)
		status = log_error(&err);
	settings_release(&s);
	return status;
}

int applet_vdkr(int argc, char **argv)
{
	return applet(&tool_vdkr, argc, argv);
}

int applet_vpdmn(int argc, char **argv)
{
	return applet(&tool_vpdmn, argc, argv);
}
