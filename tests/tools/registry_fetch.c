/*
 * registry_fetch() from the command line, for the tests of the registry
 * client: registry_fetch [OPTION]... NAME
 *
 * Prints as JSON what came of it: name, digest, index (the made index.json),
 * blobs (digest -> size and sha256 of what the layout gives).  On failure the
 * error goes to stderr, and its status is the exit status.  --hold keeps the
 * image open until stdin is closed.
 */
#include <getopt.h>
#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oci/index.h"
#include "oci/layout.h"
#include "oci/manifest.h"
#include "vc/log.h"
#include "vc/registry.h"
#include "vc/strv.h"
#include "vc/util.h"

enum {
	OPT_ARCH = 1, OPT_AUTHFILE, OPT_CREDS, OPT_CA, OPT_MIRROR, OPT_INSECURE_REGISTRY,
	OPT_PLAIN_HTTP, OPT_INSECURE, OPT_OFFLINE, OPT_REQUIRE_DIGEST, OPT_JOBS,
	OPT_RETRIES, OPT_CACHE_DIR, OPT_CACHE_MAX, OPT_STALL, OPT_HOLD, OPT_COLLECT,
	OPT_LIST, OPT_REMOVE,
};

static const struct option options[] = {
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "authfile", required_argument, NULL, OPT_AUTHFILE },
	{ "creds", required_argument, NULL, OPT_CREDS },
	{ "ca", required_argument, NULL, OPT_CA },
	{ "mirror", required_argument, NULL, OPT_MIRROR },
	{ "insecure-registry", required_argument, NULL, OPT_INSECURE_REGISTRY },
	{ "plain-http", no_argument, NULL, OPT_PLAIN_HTTP },
	{ "insecure", no_argument, NULL, OPT_INSECURE },
	{ "offline", no_argument, NULL, OPT_OFFLINE },
	{ "require-digest", no_argument, NULL, OPT_REQUIRE_DIGEST },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "retries", required_argument, NULL, OPT_RETRIES },
	{ "cache-dir", required_argument, NULL, OPT_CACHE_DIR },
	{ "cache-max", required_argument, NULL, OPT_CACHE_MAX },
	{ "stall", required_argument, NULL, OPT_STALL },
	{ "hold", no_argument, NULL, OPT_HOLD },
	{ "collect", required_argument, NULL, OPT_COLLECT },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "remove", required_argument, NULL, OPT_REMOVE },
	{ NULL, 0, NULL, 0 },
};

struct asked {
	const char *arch;
	struct registry_options o;
	struct strv mirrors, insecure;
	bool hold, list;
	const char *collect, *remove;
};

static uint64_t number(const char *s)
{
	uint64_t n;

	if (parse_u64(s, 0, UINT64_MAX, &n) < 0)
		exit(VC_EXIT_USAGE);
	return n;
}

static void take(struct asked *a, int c, const char *value)
{
	struct registry_options *o = &a->o;

	switch (c) {
	case OPT_ARCH: a->arch = value; break;
	case OPT_AUTHFILE: o->authfile = value; break;
	case OPT_CREDS: o->creds = value; break;
	case OPT_CA: o->ca = value; break;
	case OPT_MIRROR: strv_add(&a->mirrors, value); break;
	case OPT_INSECURE_REGISTRY: strv_add(&a->insecure, value); break;
	case OPT_PLAIN_HTTP: o->plain_http = true; break;
	case OPT_INSECURE: o->insecure = true; break;
	case OPT_OFFLINE: o->offline = true; break;
	case OPT_REQUIRE_DIGEST: o->require_digest = true; break;
	case OPT_JOBS: o->jobs = (unsigned)number(value); break;
	case OPT_RETRIES: o->retries = (unsigned)number(value); break;
	case OPT_CACHE_DIR: o->cache_dir = value; break;
	case OPT_CACHE_MAX: o->cache_max = number(value); break;
	case OPT_STALL: o->stall_seconds = (unsigned)number(value); break;
	case OPT_HOLD: a->hold = true; break;
	case OPT_COLLECT: a->collect = value; break;
	case OPT_LIST: a->list = true; break;
	case OPT_REMOVE: a->remove = value; break;
	default: exit(VC_EXIT_USAGE);
	}
}

static struct json_object *text(const char *s)
{
	return s ? json_object_new_string(s) : NULL;
}

/* What the layout gives for it, hashed by its own digest's kind. */
static int add_blob(struct json_object *blobs, const struct layout *l,
		    const struct descriptor *d, struct vc_error *err)
{
	_cleanup_blob_ struct blob b = BLOB_INIT;
	_cleanup_free_ char *name = digest_text(&d->digest);

	if (layout_find_sized(l, &d->digest, d->size, &b, err) < 0 ||
	    digest_check_extent(&d->digest, &b.at, err) < 0)
		return -1;
	json_object_object_add(blobs, name,
			       json_object_new_int64((int64_t)d->size));
	return 0;
}

static int add_blobs(struct json_object *blobs, const struct layout *l,
		     struct json_object *index, struct vc_error *err)
{
	_cleanup_candidates_ struct candidates c = { 0 };
	_cleanup_manifest_ struct manifest m = { 0 };

	if (index_walk(l, index, &c, err) < 0)
		return -1;
	if (c.n != 1)
		return vc_fail(err, 0, "%zu manifests in index.json", c.n);
	if (manifest_read(l, &c.v[0].d, &m, err) < 0 ||
	    add_blob(blobs, l, &c.v[0].d, err) < 0 ||
	    add_blob(blobs, l, &m.config, err) < 0)
		return -1;
	for (size_t i = 0; i < m.n_layers; i++)
		if (add_blob(blobs, l, &m.layers[i], err) < 0)
			return -1;
	return 0;
}

static int report(const struct registry_image *image, struct vc_error *err)
{
	const struct layout *l = registry_image_layout(image);
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_object *blobs = json_object_new_object();
	struct json_object *index = NULL;

	json_object_object_add(o, "name", text(registry_image_name(image)));
	json_object_object_add(o, "digest", text(registry_image_digest(image)));
	json_object_object_add(o, "blobs", blobs);
	if (layout_read_index(l, &index, err) < 0)
		return -1;
	json_object_object_add(o, "index", index);
	if (add_blobs(blobs, l, index, err) < 0)
		return -1;
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	return 0;
}

static int fetch(const struct asked *a, const char *name, struct vc_error *err)
{
	_cleanup_registry_image_ struct registry_image *image = NULL;
	char c;

	if (registry_fetch(name, a->arch, &a->o, &image, err) < 0 ||
	    report(image, err) < 0)
		return -1;
	while (a->hold && read(0, &c, 1) > 0)
		;
	return 0;
}

static int list(const char *dir, struct vc_error *err)
{
	struct cache_entry *e;
	size_t n;

	if (registry_cache_list(dir, &e, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		printf("%s %llu\n", e[i].digest, (unsigned long long)e[i].size);
	cache_entries_free(e, n);
	return 0;
}

static int collect(const struct asked *a, struct vc_error *err)
{
	uint64_t freed;

	if (registry_cache_collect(a->o.cache_dir, number(a->collect), &freed, err) < 0)
		return -1;
	printf("%llu\n", (unsigned long long)freed);
	return 0;
}

int main(int argc, char **argv)
{
	struct asked a = { .arch = "x86_64" };
	_cleanup_error_ struct vc_error err = { 0 };
	int c, r;

	log_init("registry_fetch", LOG_VERBOSE);
	a.o.retries = (unsigned)-1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		take(&a, c, optarg);
	a.o.mirrors = &a.mirrors;
	a.o.insecure_registries = &a.insecure;
	if (a.list)
		r = list(a.o.cache_dir, &err);
	else if (a.collect)
		r = collect(&a, &err);
	else if (a.remove)
		r = registry_cache_remove(a.o.cache_dir, a.remove, &err);
	else if (argc == optind + 1)
		r = fetch(&a, argv[optind], &err);
	else
		return VC_EXIT_USAGE;
	strv_release(&a.mirrors);
	strv_release(&a.insecure);
	return r < 0 ? log_error(&err) : 0;
}
