/* A conversion as a command: its source, and its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "applet/oci2vm.h"
#include "vc/log.h"
#include "vc/settings.h"
#include "vc/util.h"

void convert_call_release(struct convert_call *c)
{
	free(c->arch);
	free(c->our_guest);
	free(c->source);
	free(c->tag);
	free(c->creds);
	*c = (struct convert_call){ 0 };
}

/* --- the source ------------------------------------------------------------------ */

/* "DIR:TAG" and "DIR@DIGEST", but only where the whole is nothing that is
 * there: a colon may be part of a name. */
static void split_layout(const char *arg, char **ret_path, char **ret_tag)
{
	const char *at = strstr(arg, "@sha");
	struct stat st;

	if (!at)
		at = strrchr(arg, ':');
	*ret_tag = NULL;
	if (!at || at == arg || (*at == ':' && strchr(at, '/')) ||
	    stat(arg, &st) == 0) {
		*ret_path = xstrdup(arg);
		return;
	}
	*ret_path = xstrndup(arg, (size_t)(at - arg));
	*ret_tag = xstrdup(at + 1);
}

int convert_call_source(const struct convert_options *o,
			struct convert_call *c, struct vc_error *err)
{
	const char *const given[] = {
		[SOURCE_IMAGE] = o->image,
		[SOURCE_OCI_LAYOUT] = o->oci_layout,
		[SOURCE_OCI_TAR] = o->oci_tar,
		[SOURCE_ROOTFS_TAR] = o->rootfs_tar,
		[SOURCE_ROOTFS_DIR] = o->rootfs_dir,
	};
	const char *source = NULL;
	int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		if (!given[i])
			continue;
		n++;
		source = given[i];
		c->convert.source_kind = (enum source_kind)i;
	}
	if (n != 1)
		return vc_fail_usage(err, "%s: one of --image, --oci-layout, "
				     "--oci-tar, --rootfs-tar, --rootfs-dir",
				     n ? "more than one source" : "no source");
	if (!*source)
		return vc_fail_usage(err, "--%s is empty",
				     source_kind_name(c->convert.source_kind));
	if (c->convert.source_kind == SOURCE_OCI_LAYOUT ||
	    c->convert.source_kind == SOURCE_OCI_TAR)
		split_layout(source, &c->source, &c->tag);
	else
		c->source = xstrdup(source);
	c->convert.source = c->source;
	c->convert.tag = c->tag;
	return 0;
}

/* --- running it --------------------------------------------------------------------- */

static int find_guest(struct convert_call *c, struct vc_error *err)
{
	struct convert *x = &c->convert;
	bool needed = x->vm == VM_GONDOLIN ?
			      x->agent == AGENT_BUILTIN || x->assets :
			      x->vm == VM_QEMU && x->assets;

	/* a Gondolin base brings its own */
	if (!needed || (x->vm == VM_GONDOLIN && x->agent == AGENT_BASE))
		return 0;
	if (guest_dir_find(NULL, c->arch, &c->our_guest, err) < 0) {
		err->status = CONVERT_EXIT_GUEST;
		return -1;
	}
	x->our_guest = c->our_guest;
	return 0;
}

static void print_lines(const struct convert *c, const struct convert_result *r)
{
	const char *const files[] = { r->rootfs, r->kernel, r->initramfs,
				      "meta.json",
				      c->assets ? "manifest.json" : NULL };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i])
			printf("%s/%s\n", c->out_dir, files[i]);
}

static void set_log(const struct convert_options *o)
{
	log_init(log_name(), o->quiet	? LOG_QUIET :
			     o->verbose ? LOG_VERBOSE :
					  LOG_NORMAL);
	if (str_eq(o->progress, "plain"))
		progress_set_mode(PROGRESS_PLAIN);
	else if (str_eq(o->progress, "none"))
		progress_set_mode(PROGRESS_NONE);
}

int convert_call_run(struct convert_call *c, const struct convert_options *o,
		     struct vc_error *err)
{
	struct convert_result r = { 0 };
	_cleanup_free_ char *json = NULL;

	set_log(o);
	if (o->dry_run) {
		json = convert_dry_run_json(&c->convert);
		fputs(json, stdout);
		return 0;
	}
	if (find_guest(c, err) < 0 || convert_run(&c->convert, &r, err) < 0)
		return -1;
	if (o->json) {
		json = convert_result_json(&c->convert, &r);
		fputs(json, stdout);
	} else if (!o->quiet) {
		print_lines(&c->convert, &r);
	}
	convert_result_release(&r);
	return 0;
}
