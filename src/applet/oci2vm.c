/* oci2vm: images to VM disks.  The only place that prints its errors. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applet/applet.h"
#include "applet/oci2vm.h"
#include "vc/log.h"
#include "vc/util.h"

static const struct oci2vm_command commands[] = {
	{ "convert", "SOURCE --out DIR [OPTIONS]",
	  "make a disk, and what boots it, of an image (the default)",
	  convert_option_table, oci2vm_convert },
	{ "build", "--context DIR --out DIR [OPTIONS]",
	  "build a Dockerfile and convert what comes of it",
	  build_option_table, oci2vm_build },
	{ "run", "[OPTIONS] DIR [-- COMMAND...]",
	  "boot the result; COMMAND runs instead of the image's own",
	  oci2vm_run_options, oci2vm_run },
	{ "inspect", "SOURCE [OPTIONS]", "print what an image is, as JSON",
	  inspect_option_table, oci2vm_inspect },
	{ "verify", "DIR", "compare a result with its manifest", NULL,
	  oci2vm_verify },
	{ "cache", "ls|gc|rm [DIGEST...]", "show and empty the cache of blobs",
	  oci2vm_cache_options, oci2vm_cache },
	{ NULL, NULL, NULL, NULL, NULL },
};

static const struct oci2vm_command *find(const char *word)
{
	for (const struct oci2vm_command *c = commands; c->name; c++)
		if (!strcmp(c->name, word))
			return c;
	return NULL;
}

static void print_help(void)
{
	puts("Usage: oci2vm [convert] SOURCE --out DIR [OPTIONS]\n"
	     "       oci2vm COMMAND [ARGUMENTS...]\n\n"
	     "Container images to VM disks, without a daemon, root or mounts.\n"
	     "\nCommands (see 'oci2vm COMMAND --help'):");
	for (const struct oci2vm_command *c = commands; c->name; c++)
		printf("  %-10s %s\n", c->name, c->summary);
	puts("\nOptions of 'convert':");
	cli_print_options(convert_option_table, stdout);
	puts("\nExit status: 0 done, 1 failure, 2 usage, 3 source or registry,\n"
	     "4 verification or policy, 5 output, 6 guest files missing; of\n"
	     "'run' the command's own.");
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static int run_command(const struct oci2vm_command *c, int argc, char **argv,
		       struct vc_error *err)
{
	if (argc > 1 && is_help(argv[1])) {
		printf("Usage: oci2vm %s %s\n\n", c->name, c->args);
		printf("%c%s.\n", c->summary[0] - 'a' + 'A', c->summary + 1);
		if (c->options) {
			puts("\nOptions:");
			cli_print_options(c->options, stdout);
		}
		return 0;
	}
	return c->run(argc, argv, err);
}

static int run(int argc, char **argv, struct vc_error *err)
{
	const char *word = argc > 1 ? argv[1] : "--help";

	if (is_help(word)) {
		print_help();
		return 0;
	}
	if (!strcmp(word, "--version")) {
		printf("oci2vm (vcontainer) %s\n", VC_VERSION);
		return 0;
	}
	if (find(word))
		return run_command(find(word), argc - 1, argv + 1, err);
	if (*word != '-')
		return vc_fail_usage(err, "'%s' is no command and no option: "
				     "see 'oci2vm --help'", word);
	return oci2vm_convert(argc, argv, err);
}

int applet_oci2vm(int argc, char **argv)
{
	_cleanup_error_ struct vc_error err = { 0 };
	int status;

	log_init("oci2vm", LOG_NORMAL);
	status = run(argc, argv, &err);
	/* a full disk behind "> file" must not look like success */
	if (status >= 0 && (fflush(stdout) == EOF || ferror(stdout)))
		status = vc_fail(&err, errno, "cannot write to standard output");
	return status < 0 ? log_error(&err) : status;
}
