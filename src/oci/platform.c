/*
 * Platform names and which VM runs them: the order of preference is
 * containerd's (platforms.Default): the machine's own architecture first, then
 * what its CPU runs besides.
 *
 * As there, what is built for every CPU of an architecture goes before what
 * is built for the newer ones, though the emulated CPU has most of their
 * instructions: an image must run the same on a host's own CPU under KVM.
 * Where an index has nothing else, amd64/v2 and then v3 are taken all the same,
 * and before 386; v4 is not (AVX-512, which the emulator has not), nor is
 * arm64/v9.
 */
#include "platform.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

/* variant NULL: none; what is not listed is refused */
static const struct {
	const char *vm_arch, *arch, *variant;
	int score;
} runs[] = {
	{ "x86_64", "amd64", NULL, 10 },  { "x86_64", "amd64", "v2", 8 },
	{ "x86_64", "amd64", "v3", 7 },	  { "x86_64", "386", NULL, 3 },
	{ "aarch64", "arm64", NULL, 10 }, { "aarch64", "arm", "v8", 4 },
	{ "aarch64", "arm", "v7", 3 },	  { "aarch64", "arm", "v6", 2 },
	{ "aarch64", "arm", "v5", 1 },
};

/* Other words for the same (containerd platforms, database.go): arch is
 * what it is called there, `as` and `variant` what that means. */
static const struct {
	const char *arch, *as, *variant;
} aliases[] = {
	{ "x86_64", "amd64", NULL }, { "x86-64", "amd64", NULL },
	{ "i386", "386", NULL },     { "aarch64", "arm64", NULL },
	{ "armhf", "arm", "v7" },    { "armel", "arm", "v6" },
};

/* The variants that are the architecture's usual one. */
static const struct {
	const char *arch, *variant, *as;
} variants[] = {
	{ "amd64", "v1", NULL },  { "arm64", "8", NULL },
	{ "arm64", "v8", NULL },  { "arm64", "v8.0", NULL },
	{ "arm", NULL, "v7" },	  { "arm", "7", "v7" },
	{ "arm", "5", "v5" },	  { "arm", "6", "v6" },
	{ "arm", "8", "v8" },
};

/* Borrowed from p and the tables. */
static void normalise(const struct platform *p, const char **ret_arch,
		      const char **ret_variant)
{
	const char *arch = p->arch, *variant = p->variant;

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (!str_eq(aliases[i].arch, arch))
			continue;
		arch = aliases[i].as;
		if (!variant)
			variant = aliases[i].variant;
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		if (!str_eq(variants[i].arch, arch) ||
		    !str_eq(variants[i].variant, variant))
			continue;
		variant = variants[i].as;
		break;
	}
	*ret_arch = arch;
	*ret_variant = variant;
}

static int take(struct json_object *o, const char *key, char **ret,
		struct vc_error *err)
{
	const char *s;

	if (jdoc_text(o, key, &s, err) < 0)
		return -1;
	if (s && *s)
		*ret = xstrdup(s);
	return 0;
}

int platform_parse(struct json_object *o, struct platform *ret,
		   struct vc_error *err)
{
	struct platform p = { 0 };

	if (take(o, "os", &p.os, err) < 0 ||
	    take(o, "architecture", &p.arch, err) < 0 ||
	    take(o, "variant", &p.variant, err) < 0) {
		platform_release(&p);
		return -1;
	}
	*ret = p;
	return 0;
}

void platform_release(struct platform *p)
{
	free(p->os);
	free(p->arch);
	free(p->variant);
	*p = (struct platform){ 0 };
}

char *platform_text(const struct platform *p)
{
	return xasprintf("%s/%s%s%s", p->os ? p->os : "linux",
			 p->arch ? p->arch : "unknown", p->variant ? "/" : "",
			 p->variant ? p->variant : "");
}

bool platform_is_empty(const struct platform *p)
{
	return !p->os && !p->arch;
}

bool platform_is_unknown(const struct platform *p)
{
	return str_eq(p->os, "unknown") && str_eq(p->arch, "unknown");
}

const char *platform_arch(const struct platform *p)
{
	const char *arch, *variant;

	normalise(p, &arch, &variant);
	return arch ? arch : "unknown";
}

const char *platform_of_vm(const char *vm_arch)
{
	return str_eq(vm_arch, "aarch64") ? "arm64" : "amd64";
}

int platform_score(const struct platform *p, const char *vm_arch)
{
	const char *arch, *variant;

	if ((p->os && strcmp(p->os, "linux")) || !p->arch)
		return 0;
	normalise(p, &arch, &variant);
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		if (!strcmp(runs[i].vm_arch, vm_arch) &&
		    str_eq(runs[i].arch, arch) &&
		    str_eq(runs[i].variant, variant))
			return runs[i].score;
	return 0;
}

/* The VM that runs it best. */
static const char *vm_for(const struct platform *p)
{
	static const char *const vms[] = { "x86_64", "aarch64" };

	for (size_t i = 0; p && i < ARRAY_SIZE(vms); i++)
		if (platform_score(p, vms[i]))
			return vms[i];
	return NULL;
}

int platform_fail(const char *what, const char *platforms,
		  const struct platform *hint, const char *vm_arch,
		  struct vc_error *err)
{
	const char *vm = vm_for(hint);

	if (vm)
		return vc_fail(err, 0, "%s is for %s, this VM is %s: use "
				       "'--arch %s' ('--platform linux/%s')",
			       what, platforms, vm_arch, vm,
			       platform_of_vm(vm));
	return vc_fail(err, 0, "%s is for %s, this VM is %s: there is no VM "
			       "for it (supported: x86_64, aarch64)",
		       what, platforms, vm_arch);
}
