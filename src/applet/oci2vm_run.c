/* oci2vm run and verify: what a conversion left behind. */
#include <stdio.h>

#include "applet/oci2vm.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"

#define MIB (UINT64_C(1) << 20)

struct run_options {
	char *memory, *cpus;
	bool no_kvm, no_network, verbose, quiet;
};

const struct cli_option oci2vm_run_options[] = {
	{ "memory", 'm', CLI_STRING, offsetof(struct run_options, memory),
	  "SIZE", "of the VM (512M); a bare number is MiB" },
	{ "cpus", 0, CLI_STRING, offsetof(struct run_options, cpus), "N",
	  "of the VM (2)" },
	{ "no-kvm", 0, CLI_FLAG, offsetof(struct run_options, no_kvm), NULL,
	  "emulate, even where KVM works" },
	{ "no-network", 0, CLI_FLAG, offsetof(struct run_options, no_network),
	  NULL, "no network in the VM" },
	{ "verbose", 'v', CLI_FLAG, offsetof(struct run_options, verbose), NULL,
	  "say more" },
	{ "quiet", 'q', CLI_FLAG, offsetof(struct run_options, quiet), NULL,
	  "errors only" },
	{ NULL, 0, CLI_FLAG, 0, NULL, NULL },
};

static int read_sizes(const struct run_options *o, struct convert_boot *b,
		      struct vc_error *err)
{
	uint64_t cpus = 0;

	if (o->memory && (parse_size(o->memory, MIB, &b->memory) < 0 ||
			  b->memory < 64 * MIB))
		return vc_fail_usage(err, "--memory '%s' is no size from 64M",
				     o->memory);
	if (o->cpus && parse_u64(o->cpus, 1, 255, &cpus) < 0)
		return vc_fail_usage(err, "--cpus '%s' is no number from 1 to "
				     "255", o->cpus);
	b->cpus = (uint32_t)cpus;
	return 0;
}

/* "run DIR -- cmd" and "run DIR cmd" are the same. */
static int boot(const struct run_options *o, int argc, char **argv,
		struct vc_error *err)
{
	struct convert_boot b = { .kvm = !o->no_kvm, .network = !o->no_network };
	_cleanup_strv_ struct strv words = STRV_INIT;
	int status;

	if (!argc) {
		vc_fail_usage(err, "the directory of the result is missing");
		return cli_see(err, "oci2vm run");
	}
	b.dir = argv[0];
	if (argc > 1 && str_eq(argv[1], "--")) {
		argc--;
		argv++;
	}
	for (int i = 1; i < argc; i++)
		strv_add(&words, argv[i]);
	if (words.n)
		b.argv = &words;
	log_init(log_name(), o->quiet	? LOG_QUIET :
			     o->verbose ? LOG_VERBOSE :
					  LOG_NORMAL);
	if (read_sizes(o, &b, err) < 0 || convert_boot(&b, &status, err) < 0)
		return -1;
	return status;
}

int oci2vm_run(int argc, char **argv, struct vc_error *err)
{
	struct run_options o = { 0 };
	int used, r;

	if (cli_parse(oci2vm_run_options, &o, argc - 1, argv + 1, &used, err) <
	    0)
		r = cli_see(err, "oci2vm run");
	else
		r = boot(&o, argc - 1 - used, argv + 1 + used, err);
	vc_cleanup_free(&o.memory);
	vc_cleanup_free(&o.cpus);
	return r;
}

int oci2vm_verify(int argc, char **argv, struct vc_error *err)
{
	if (argc != 2 || argv[1][0] == '-') {
		vc_fail_usage(err, "verify takes the directory of a result");
		return cli_see(err, "oci2vm verify");
	}
	if (convert_verify(argv[1], err) < 0)
		return -1;
	printf("%s: as its manifest says\n", argv[1]);
	return 0;
}
