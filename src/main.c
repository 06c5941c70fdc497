/* One program, many names: argv[0] chooses the applet. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applet/applet.h"
#include "vc/error.h"
#include "vc/log.h"

static const struct applet {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *summary; /* NULL: a link for one architecture */
} applets[] = {
	{ "vdkr", applet_vdkr, "docker in an emulated VM" },
	{ "vdkr-x86_64", applet_vdkr, NULL },
	{ "vdkr-aarch64", applet_vdkr, NULL },
	{ "vpdmn", applet_vpdmn, "podman in an emulated VM" },
	{ "vpdmn-x86_64", applet_vpdmn, NULL },
	{ "vpdmn-aarch64", applet_vpdmn, NULL },
	{ "oci2vm", applet_oci2vm, "container images to VM disks" },
	{ "oci2gondolin", applet_oci2gondolin, "the same, as Gondolin has it" },
	{ "dockerfile2gondolin", applet_dockerfile2gondolin,
	  "Dockerfiles to Gondolin's disks" },
	{ NULL, NULL, NULL },
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "vdkr-riscv64" is vdkr too, which then says what it supports. */
static const struct applet *find_applet(const char *name)
{
	const struct applet *a;

	for (a = applets; a->name; a++)
		if (!strcmp(a->name, name))
			return a;
	for (a = applets; a->name; a++) {
		size_t n = strlen(a->name);

		if (a->summary && !strncmp(a->name, name, n) && name[n] == '-')
			return a;
	}
	return NULL;
}

static void print_help(void)
{
	puts("Usage: vcontainer NAME [ARGUMENTS...]\n"
	     "       vcontainer --list | --version | --help\n"
	     "   or: NAME [ARGUMENTS...], by a link of that name\n\n"
	     "Names:");
	for (const struct applet *a = applets; a->name; a++)
		if (a->summary)
			printf("  %-20s %s\n", a->name, a->summary);
	puts("\nNAME-x86_64 and NAME-aarch64 fix the architecture.");
}

static int unknown(const char *name)
{
	struct vc_error err = { 0 };
	int status;

	log_init("vcontainer", LOG_NORMAL);
	vc_fail_usage(&err, "unknown name '%s': see 'vcontainer --help'", name);
	status = log_error(&err);
	vc_error_release(&err);
	return status;
}

static int vcontainer(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "--help";
	const struct applet *a;

	if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
		print_help();
	} else if (!strcmp(word, "--list")) {
		for (a = applets; a->name; a++)
			puts(a->name);
	} else if (!strcmp(word, "--version")) {
		printf("vcontainer %s\n", VC_VERSION);
	} else {
		a = find_applet(base_name(word));
		return a ? a->main(argc - 1, argv + 1) : unknown(word);
	}
	return fflush(stdout) == EOF ? VC_EXIT_FAILURE : 0;
}

/* A file that got number 0, 1 or 2 would be read and written as the standard
 * streams are. */
static int fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return -1;
	} while (fd <= STDERR_FILENO);
	return close(fd);
}

int main(int argc, char **argv)
{
	const struct applet *a;
	const char *name;

	if (argc < 1 || fill_standard_fds() < 0)
		return VC_EXIT_FAILURE;
	name = base_name(argv[0]);
	if (!strcmp(name, "vcontainer"))
		return vcontainer(argc, argv);
	a = find_applet(name);
	return a ? a->main(argc, argv) : unknown(name);
}
