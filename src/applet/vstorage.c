/* vstorage: what the instances keep on the disk. */
#include <errno.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "applet/applet.h"
#include "vc/instance.h"
#include "vc/io.h"
#include "vc/util.h"

/* The rows of an empty list are none, the heading stays. */
static int storage_list(struct settings *s, int argc, char **argv,
			struct vc_error *err)
{
	_cleanup_instances_ struct instance_list list = { 0 };
	int first;

	if (command_options(NULL, NULL, s, "vstorage list", 0, argc, argv,
			    &first, err) < 0 ||
	    instance_list(s, &list, err) < 0)
		return -1;
	printf("%-20s %-8s %9s %9s  %s\n", "NAME", "STATE", "USED", "SIZE",
	       "PATH");
	for (size_t i = 0; i < list.n; i++) {
		const struct instance *in = &list.v[i];
		_cleanup_free_ char *used = human_size(in->store_used);
		_cleanup_free_ char *size = human_size(in->store_size);

		printf("%-20s %-8s %9s %9s  %s\n", in->name,
		       in->running ? "running" : "stopped", used, size,
		       in->dir);
	}
	return 0;
}

/* The directory, whether it exists or not: scripts make paths of it. */
static int storage_path(struct settings *s, int argc, char **argv,
			struct vc_error *err)
{
	const char *arch;
	int first;

	if (command_options(NULL, NULL, s, "vstorage path", 1, argc, argv,
			    &first, err) < 0)
		return -1;
	if (first == argc) {
		puts(s->state_dir);
		return 0;
	}
	arch = arch_canonical(argv[first]);
	if (!arch)
		return vc_fail_usage(err, "unknown architecture '%s': "
				     "supported are %s", argv[first],
				     arch_supported);
	if (s->opt_state_dir || s->opt_instance)
		return vc_fail_usage(err, "'%s' names another directory than "
				     "the global option: give one of them",
				     argv[first]);
	printf("%s/%s\n", s->state_base, arch);
	return 0;
}

static void print_df(const char *name, uint64_t used, uint64_t size)
{
	_cleanup_free_ char *u = human_size(used);
	_cleanup_free_ char *v = human_size(size);

	printf("%-20s %9s %9s\n", name, u, v);
}

static void print_free(const char *dir)
{
	struct statvfs fs;
	_cleanup_free_ char *avail = NULL;

	if (statvfs(dir, &fs) < 0)
		return; /* nothing was ever stored */
	avail = human_size((uint64_t)fs.f_bavail * fs.f_frsize);
	printf("%-20s %9s\n", "free on the disk", avail);
}

static int storage_df(struct settings *s, int argc, char **argv,
		      struct vc_error *err)
{
	_cleanup_instances_ struct instance_list list = { 0 };
	uint64_t used = 0, size = 0;
	int first;

	if (command_options(NULL, NULL, s, "vstorage df", 0, argc, argv, &first,
			    err) < 0 ||
	    instance_list(s, &list, err) < 0)
		return -1;
	printf("%-20s %9s %9s\n", "NAME", "USED", "SIZE");
	for (size_t i = 0; i < list.n; i++) {
		print_df(list.v[i].name, list.v[i].used, list.v[i].store_size);
		used += list.v[i].used;
		size += list.v[i].store_size;
	}
	print_df("total", used, size);
	print_free(s->opt_state_dir ? s->state_dir : s->state_base);
	return 0;
}

const struct command vstorage_subcommands[] = {
	{ .name = "list", .args = "",
	  .summary = "show every instance and its store (the default)",
	  .run = storage_list },
	{ .name = "path", .args = "[ARCH]",
	  .summary = "print the state directory",
	  .run = storage_path },
	{ .name = "df", .args = "",
	  .summary = "show the space that is used",
	  .run = storage_df },
	{ .name = "clean", .args = "[ARCH|--all]",
	  .summary = "stop the VM and remove its state",
	  .options = vstorage_clean_options,
	  .run = vstorage_clean },
	{ .name = NULL },
};

int command_vstorage(struct settings *s, int argc, char **argv,
		     struct vc_error *err)
{
	char *default_list[] = { argv[0], "list", NULL };

	if (s->stateless)
		return vc_fail_usage(err, "'--stateless' keeps nothing: "
				     "'vstorage' has nothing to work on");
	if (argc == 1)
		return command_dispatch(vstorage_subcommands, s, 2,
					default_list, err);
	return command_dispatch(vstorage_subcommands, s, argc, argv, err);
}
