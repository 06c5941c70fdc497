/* oci2vm build: a Dockerfile, built and converted. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "applet/oci2vm.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/settings.h"
#include "vc/util.h"

/* The archive lies beside the result while it is needed. */
static int make_room(const char *out, char **ret, struct vc_error *err)
{
	char *dir;

	if (make_dirs(out, 0755, err) < 0)
		return -1;
	dir = xasprintf("%s/.build.XXXXXX", out);
	if (!mkdtemp(dir)) {
		vc_fail(err, errno, "cannot create '%s'", dir);
		free(dir);
		return -1;
	}
	*ret = dir;
	return 0;
}

static void remove_room(const char *dir)
{
	_cleanup_error_ struct vc_error ignored = { 0 };

	remove_tree_at(AT_FDCWD, dir, &ignored);
}

static int build_and_convert(const struct convert_options *o,
			     struct convert_call *c, const char *room,
			     struct vc_error *err)
{
	const struct dockerfile_build b = {
		.file = o->file,
		.context = o->context,
		.arch = c->arch,
		.target = o->target,
		.build_args = &o->build_args,
		.secrets = &o->secrets,
		.builder = o->builder,
		.out_dir = room,
		.our_guest = c->our_guest,
	};

	if (dockerfile_build(&b, &c->source, err) < 0)
		return -1;
	c->convert.source_kind = SOURCE_OCI_TAR;
	c->convert.source = c->source;
	return convert_call_run(c, o, err);
}

int convert_call_build(struct convert_options *o, const char *command,
		       struct vc_error *err)
{
	_cleanup_convert_call_ struct convert_call c = { 0 };
	_cleanup_free_ char *room = NULL;
	int r;

	if (!o->context || !*o->context)
		return vc_fail_usage(err, "--context DIR is required");
	if (!o->file)
		o->file = path_join(o->context, "Dockerfile");
	if (convert_call_make(o, command, &c, err) < 0)
		return -1;
	if (o->dry_run) {
		c.convert.source_kind = SOURCE_OCI_TAR;
		c.convert.source = o->file;
		return convert_call_run(&c, o, err);
	}
	if (guest_dir_find(NULL, c.arch, &c.our_guest, err) < 0) {
		err->status = CONVERT_EXIT_GUEST;
		return -1;
	}
	if (make_room(o->out, &room, err) < 0)
		return -1;
	r = build_and_convert(o, &c, room, err);
	remove_room(room);
	return r;
}

int oci2vm_build(int argc, char **argv, struct vc_error *err)
{
	_cleanup_convert_options_ struct convert_options o = { 0 };
	int used;

	if (cli_parse(build_option_table, &o, argc - 1, argv + 1, &used, err) < 0)
		return cli_see(err, "oci2vm build");
	if (used != argc - 1) {
		vc_fail_usage(err, "unexpected argument '%s'", argv[1 + used]);
		return cli_see(err, "oci2vm build");
	}
	return convert_call_build(&o, "oci2vm", err);
}
