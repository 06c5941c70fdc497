/* Platforms: image-spec image-index.md and config.md; which of them a VM
 * runs. */
#ifndef OCI_PLATFORM_H
#define OCI_PLATFORM_H

#include <stdbool.h>

#include "json.h"
#include "vc/error.h"

struct platform {
	char *os, *arch, *variant; /* owned; NULL: not said */
};

/* From the members "os", "architecture" and "variant" of o. */
int platform_parse(struct json_object *o, struct platform *ret,
		   struct vc_error *err);
void platform_release(struct platform *p);
/* "linux/arm64/v8", owned by the caller. */
char *platform_text(const struct platform *p);
/* True when nothing is said at all. */
bool platform_is_empty(const struct platform *p);
/* "unknown/unknown", what buildkit gives to attestations. */
bool platform_is_unknown(const struct platform *p);
/* The architecture by the name OCI has for it: "amd64" also of "x86_64".
 * Borrowed from p; "unknown" when it is not said. */
const char *platform_arch(const struct platform *p);
/* What a VM of `vm_arch` is for: "amd64". */
const char *platform_of_vm(const char *vm_arch);
/*
 * How well a VM of `vm_arch` ("x86_64", "aarch64") runs it: 0 not at all, the
 * more the better.
 */
int platform_score(const struct platform *p, const char *vm_arch);
/* Fails with: `what` ("image 'x'") is for `platforms`, the VM is not; `hint`
 * is one of the platforms. */
int platform_fail(const char *what, const char *platforms,
		  const struct platform *hint, const char *vm_arch,
		  struct vc_error *err);

#endif
