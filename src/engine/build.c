/*
 * build: the context goes to the guest as it would go to a builder, without
 * what .dockerignore leaves out, and the real CLI builds from there.
 */
#include "engine/build.h"

#include <string.h>

#include "vc/layer.h"
#include "vc/util.h"

/* A build that does not read its stdin must not eat its caller's. */
static int pass(struct engine_call *call, bool reads_stdin, struct vc_error *err)
{
	struct byte_source *nothing;
	int r;

	if (reads_stdin)
		return engine_pass(call, err);
	nothing = parts_source(parts_new());
	r = engine_pass_streams(call, nothing, NULL, err);
	nothing->free(nothing);
	return r;
}

static int send_context(struct engine_call *call, struct build_context *c,
			struct vc_error *err)
{
	_cleanup_free_ char *dir = NULL;
	struct byte_source *tar;
	int r;

	if (build_context_tar(c, &tar, err) < 0)
		return -1;
	r = engine_open(call, err);
	if (r == 0)
		r = stage_send_tree(&call->stage, call->vm, tar, &dir, err);
	tar->free(tar);
	if (r < 0)
		return -1;
	if (call->scan.n_words)
		strv_set(&call->argv, call->scan.words[0], steal_ptr(dir));
	else
		strv_add(&call->argv, dir);
	return 0;
}

static int build(struct engine_call *call, struct build_context *c,
		 struct vc_error *err)
{
	if (engine_check_mounts(call, err) < 0 ||
	    engine_host_files(call, err) < 0 ||
	    build_context_find(c, call, err) < 0 || build_options(call, err) < 0)
		return -1;
	if (c->kind == BUILD_DIRECTORY) {
		if (send_context(call, c, err) < 0)
			return -1;
	} else if (engine_open(call, err) < 0) {
		return -1;
	}
	return pass(call, c->kind == BUILD_STDIN || c->file_from_stdin, err);
}

int engine_build(struct engine_call *call, struct vc_error *err)
{
	struct build_context c = { 0 };
	size_t n = call->scan.n_words;
	int r;

	/* podman's context is "." when it is not named; docker says what it
	 * wants, and both say what is wrong with more words */
	if (scan_find(&call->scan, "help") || n > 1 ||
	    (!n && !engine_is_podman(call))) {
		if (engine_open(call, err) < 0)
			return -1;
		return pass(call, false, err);
	}
	r = build(call, &c, err);
	build_context_release(&c);
	if (r < 0 && engine_is_podman(call) && !err->status)
		err->status = VC_EXIT_ENGINE;
	return r;
}
