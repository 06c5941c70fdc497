/*
 * Platform names and which VM runs them: the order of preference is
 * containerd's (platforms.Default): the machine's own architecture first, then
 * what its CPU runs besides.
 */
#include "platform.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

/* variant NULL: none, or any not listed before it is refused */
static const struct {
	const char *vm_arch, *arch, *variant;
	int score;
} runs[] = {
	{ "x86_64", "amd64", NULL, 10 },   { "x86_64", "amd64", "v1", 10 },
	{ "x86_64", "amd64", "v2", 8 },	   { "x86_64", "amd64", "v3", 7 },
	{ "x86_64", "386", NULL, 3 },	   { "aarch64", "arm64", NULL, 10 },
	{ "aarch64", "arm64", "v8", 10 },  { "aarch64", "arm64", "8", 10 },
	{ "aarch64", "arm64", "v8.0", 10 }, { "aarch64", "arm", "v8", 4 },
	{ "aarch64", "arm", NULL, 3 },	   { "aarch64", "arm", "v7", 3 },
	{ "aarch64", "arm", "v6", 2 },	   { "aarch64", "arm", "v5", 1 },
};

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

int platform_score(const struct platform *p, const char *vm_arch)
{
	if ((p->os && strcmp(p->os, "linux")) || !p->arch)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		if (!strcmp(runs[i].vm_arch, vm_arch) &&
		    !strcmp(runs[i].arch, p->arch) &&
		    str_eq(runs[i].variant, p->variant))
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
				       "'--arch %s'",
			       what, platforms, vm_arch, vm);
	return vc_fail(err, 0, "%s is for %s, this VM is %s: there is no VM "
			       "for it (supported: x86_64, aarch64)",
		       what, platforms, vm_arch);
}
