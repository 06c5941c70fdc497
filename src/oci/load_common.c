/* What both ways of loading an image share. */
#include <stdio.h>

#include "image_load.h"
#include "platform.h"
#include "vc/log.h"
#include "vc/util.h"

int check_platform(const struct platform *p, const char *title,
		   const char *vm_arch, struct vc_error *err)
{
	const struct platform base = { p->os, p->arch, NULL };
	_cleanup_free_ char *text = NULL;

	if (!p->arch)
		return vc_fail(err, 0, "%s: its config does not say for which "
				       "architecture it is", title);
	if (platform_score(&base, vm_arch))
		return 0;
	if (p->os && !str_eq(p->os, "linux"))
		text = platform_text(p);
	else
		text = xasprintf("%s%s%s", p->arch, p->variant ? "/" : "",
				 p->variant ? p->variant : "");
	return platform_fail(title, text, p, vm_arch, err);
}

void show_layer(struct loading *w, size_t i, size_t n)
{
	struct spool *spool = w->layers->spool;

	snprintf(spool->what, sizeof(spool->what), "unpacking layer %zu of %zu",
		 i + 1, n);
	progress("%s", spool->what);
}
