/*
 * oci2gondolin and dockerfile2gondolin: an existing converter's names,
 * options, documents and exit statuses (0 or 1) over ours.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "applet/applet.h"
#include "applet/oci2vm.h"
#include "vc/log.h"
#include "vc/util.h"

/* As lists, so that an option that is given twice is noticed. */
struct compatible {
	struct strv image, oci_layout, oci_tar, out, platform, mode;
	struct strv file, context, builder, target, build_args, secrets;
	bool dry_run, help;
};

#define ONE(name_, member, arg_, help_)                                 \
	{ .name = name_, .kind = CLI_LIST,                              \
	  .offset = offsetof(struct compatible, member), .arg = arg_,   \
	  .help = help_ }
#define COMMON                                                          \
	ONE("out", out, "DIR", "where the results go (required)"),      \
	ONE("platform", platform, "linux/amd64|linux/arm64",            \
	    "also amd64, arm64 (default: the host's)"),                 \
	ONE("mode", mode, "rootfs|assets", "default: rootfs"),          \
	{ .name = "dry-run", .kind = CLI_FLAG,                          \
	  .offset = offsetof(struct compatible, dry_run),               \
	  .help = "say what would be done" },                           \
	{ .name = "help", .letter = 'h', .kind = CLI_FLAG,              \
	  .offset = offsetof(struct compatible, help),                  \
	  .help = "this text" },                                        \
	{ .name = NULL }

static const struct cli_option image_table[] = {
	ONE("image", image, "REF", "an image of a registry"),
	ONE("oci-layout", oci_layout, "PATH", "an OCI layout"),
	ONE("oci-tar", oci_tar, "PATH", "an OCI or docker archive"),
	COMMON
};

static const struct cli_option dockerfile_table[] = {
	ONE("file", file, "FILE", "the Dockerfile (required)"),
	ONE("context", context, "DIR", "what it may copy from (required)"),
	ONE("builder", builder, "docker-buildx|buildctl|vdkr",
	    "default: the first there is"),
	ONE("target", target, "STAGE", "where the build ends"),
	ONE("build-arg", build_args, "K=V", "for ARG"),
	ONE("secret", secrets, "id=ID,src=FILE", "for RUN --mount"),
	COMMON
};

static void release(struct compatible *c)
{
	for (const struct cli_option *o = image_table; o->name; o++)
		if (o->kind == CLI_LIST)
			strv_release((struct strv *)(void *)((char *)c + o->offset));
	for (const struct cli_option *o = dockerfile_table; o->name; o++)
		if (o->kind == CLI_LIST)
			strv_release((struct strv *)(void *)((char *)c + o->offset));
}

static int once(const struct cli_option *table, struct compatible *c,
		struct vc_error *err)
{
	for (; table->name; table++) {
		const struct strv *v = (const struct strv *)(void *)((char *)c + table->offset);

		if (table->kind != CLI_LIST)
			continue;
		for (size_t i = 0; i < v->n; i++)
			if (!*v->v[i])
				return vc_fail_usage(err, "--%s is empty",
						     table->name);
		if (v->n > 1 && v != &c->build_args && v != &c->secrets)
			return vc_fail_usage(err, "--%s is given %zu times",
					     table->name, v->n);
	}
	return 0;
}

static char *first(const struct strv *v)
{
	return v->n ? xstrdup(v->v[0]) : NULL;
}

static void translate(const struct compatible *c, struct convert_options *o)
{
	o->image = first(&c->image);
	o->oci_layout = first(&c->oci_layout);
	o->oci_tar = first(&c->oci_tar);
	o->out = first(&c->out);
	o->platform = first(&c->platform);
	o->mode = first(&c->mode);
	o->file = first(&c->file);
	o->context = first(&c->context);
	o->builder = first(&c->builder);
	o->target = first(&c->target);
	strv_add_all(&o->build_args, c->build_args.v);
	strv_add_all(&o->secrets, c->secrets.v);
	if (!o->mode)
		o->mode = xstrdup("rootfs");
	o->vm = xstrdup("gondolin");
	o->label = xstrdup("gondolin-root");
	o->dry_run = c->dry_run;
	o->json = o->force = true;
}

static int run_image(struct convert_options *o, const char *name,
		     struct vc_error *err)
{
	_cleanup_convert_call_ struct convert_call c = { 0 };

	if (convert_call_make(o, name, &c, err) < 0 ||
	    convert_call_source(o, &c, err) < 0)
		return -1;
	return convert_call_run(&c, o, err);
}

static int run_dockerfile(struct convert_options *o, const char *name,
			  struct vc_error *err)
{
	if (!o->file)
		return vc_fail_usage(err, "--file FILE is required");
	return convert_call_build(o, name, err);
}

struct flavour {
	const char *name, *what;
	const struct cli_option *table;
	int (*run)(struct convert_options *o, const char *name,
		   struct vc_error *err);
};

static int run(const struct flavour *f, int argc, char **argv,
	       struct compatible *c, struct vc_error *err)
{
	_cleanup_convert_options_ struct convert_options o = { 0 };
	int used;

	if (cli_parse(f->table, c, argc - 1, argv + 1, &used, err) < 0)
		return -1;
	if (c->help) {
		printf("Usage: %s %s --out DIR [OPTIONS]\n\nOptions:\n",
		       f->name, f->what);
		cli_print_options(f->table, stdout);
		return 0;
	}
	if (used != argc - 1)
		return vc_fail_usage(err, "unexpected argument '%s'",
				     argv[1 + used]);
	if (once(f->table, c, err) < 0)
		return -1;
	translate(c, &o);
	return f->run(&o, f->name, err);
}

static int applet(const struct flavour *f, int argc, char **argv)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct compatible c = { 0 };
	int status;

	log_init(f->name, LOG_NORMAL);
	status = run(f, argc, argv, &c, &err);
	release(&c);
	if (status >= 0 && (fflush(stdout) == EOF || ferror(stdout)))
		status = vc_fail(&err, errno, "cannot write to standard output");
	if (status >= 0)
		return status;
	if (vc_error_status(&err) == VC_EXIT_USAGE) {
		char *msg = xasprintf("%s. How to fix: see '%s --help'",
				      err.msg, f->name);

		vc_cleanup_free(&err.msg);
		err.msg = msg;
	}
	log_error(&err);
	return VC_EXIT_FAILURE;
}

int applet_oci2gondolin(int argc, char **argv)
{
	static const struct flavour f = {
		"oci2gondolin",
		"(--image REF | --oci-layout PATH | --oci-tar PATH)",
		image_table, run_image
	};

	return applet(&f, argc, argv);
}

int applet_dockerfile2gondolin(int argc, char **argv)
{
	static const struct flavour f = {
		"dockerfile2gondolin", "--file FILE --context DIR",
		dockerfile_table, run_dockerfile
	};

	return applet(&f, argc, argv);
}
