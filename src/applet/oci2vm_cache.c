/* oci2vm cache: the blobs that were fetched from registries. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "applet/applet.h"
#include "applet/oci2vm.h"
#include "vc/util.h"

struct cache_options {
	char *cache_dir, *max;
};

const struct cli_option oci2vm_cache_options[] = {
	{ "cache-dir", 0, CLI_STRING, offsetof(struct cache_options, cache_dir),
	  "DIR", "of blobs" },
	{ "max", 0, CLI_STRING, offsetof(struct cache_options, max), "SIZE",
	  "what 'gc' leaves (0)" },
	{ NULL, 0, CLI_FLAG, 0, NULL, NULL },
};

static int list(const char *dir, struct vc_error *err)
{
	struct cache_entry *e;
	uint64_t sum = 0;
	size_t n;

	if (registry_cache_list(dir, &e, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		time_t at = (time_t)e[i].used_at;
		struct tm tm;
		char when[32] = "";

		if (gmtime_r(&at, &tm))
			strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
		printf("%s  %12" PRIu64 "  %s\n", e[i].digest, e[i].size, when);
		sum += e[i].size;
	}
	printf("%zu blobs, %" PRIu64 " bytes\n", n, sum);
	cache_entries_free(e, n);
	return 0;
}

static int collect(const struct cache_options *o, struct vc_error *err)
{
	_cleanup_free_ char *text = NULL;
	uint64_t max = 0, freed;

	if (o->max && parse_size(o->max, 1, &max) < 0)
		return vc_fail_usage(err, "--max '%s' is no size such as 2G",
				     o->max);
	if (registry_cache_collect(o->cache_dir, max, &freed, err) < 0)
		return -1;
	text = human_size(freed);
	printf("%s freed\n", text);
	return 0;
}

static int act(const struct cache_options *o, const char *word, int argc,
	       char **argv, struct vc_error *err)
{
	if (!strcmp(word, "ls") && !argc)
		return list(o->cache_dir, err);
	if (!strcmp(word, "gc") && !argc)
		return collect(o, err);
	if (strcmp(word, "rm") != 0 || !argc) {
		vc_fail_usage(err, "cache takes ls, gc or rm DIGEST...");
		return cli_see(err, "oci2vm cache");
	}
	for (int i = 0; i < argc; i++)
		if (registry_cache_remove(o->cache_dir, argv[i], err) < 0)
			return -1;
	return 0;
}

/* The options may stand before and after the word. */
int oci2vm_cache(int argc, char **argv, struct vc_error *err)
{
	struct cache_options o = { 0 };
	const char *word = "";
	int used, r;

	argc--;
	argv++;
	r = cli_parse(oci2vm_cache_options, &o, argc, argv, &used, err);
	if (r == 0 && used < argc) {
		word = argv[used];
		argc -= used + 1;
		argv += used + 1;
		r = cli_parse(oci2vm_cache_options, &o, argc, argv, &used, err);
	}
	if (r < 0)
		cli_see(err, "oci2vm cache");
	else
		r = act(&o, word, argc - used, argv + used, err);
	vc_cleanup_free(&o.cache_dir);
	vc_cleanup_free(&o.max);
	return r;
}
