/*
 * cp: which of the two paths is a container's.  What is the engine's to judge
 * (both, none, wrong words, a tar on stdin or stdout) is passed on as it is.
 */
#include "engine/copy.h"

#include <string.h>
#include <unistd.h>

#include "vc/layer.h"
#include "vc/util.h"

bool copy_is_container(const char *arg)
{
	return *arg != '/' && *arg != '.' && *arg != ':' && strchr(arg, ':');
}

int copy_fail(const struct engine_call *call, struct vc_error *err,
	      const char *fmt, ...)
{
	_cleanup_free_ char *msg = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&msg, fmt, ap) < 0)
		vc_oom();
	va_end(ap);
	vc_fail(err, 0, "%s", msg);
	if (engine_is_podman(call))
		err->status = VC_EXIT_ENGINE;
	return -1;
}

/* "cp CONTAINER:PATH -" writes a tar; its caller's stdin is not read. */
static int pass_out(struct engine_call *call, struct vc_error *err)
{
	struct byte_source *nothing = parts_source(parts_new());
	int r = engine_pass_streams(call, nothing, NULL, err);

	nothing->free(nothing);
	return r;
}

int engine_copy(struct engine_call *call, struct vc_error *err)
{
	const struct scan *s = &call->scan;
	const char *src = s->n_words > 0 ? call->argv.v[s->words[0]] : "";
	const char *dst = s->n_words > 1 ? call->argv.v[s->words[1]] : "";
	bool words = s->n_words == 2 && *src && *dst && !scan_find(s, "help");

	if (words && strcmp(src, "-") && !copy_is_container(src) &&
	    copy_is_container(dst))
		return copy_in(call, err);
	if (words && strcmp(dst, "-") && copy_is_container(src) &&
	    !copy_is_container(dst))
		return copy_out(call, err);
	if (engine_open(call, err) < 0)
		return -1;
	return strcmp(src, "-") ? pass_out(call, err) : engine_pass(call, err);
}
