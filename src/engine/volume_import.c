/* podman volume import VOLUME FILE: the file is the host's. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/call.h"
#include "vc/layer.h"
#include "vc/util.h"

int engine_volume_import(struct engine_call *call, struct vc_error *err)
{
	const struct scan *s = &call->scan;
	const char *path = s->n_words == 2 ? call->argv.v[s->words[1]] : "-";
	_cleanup_close_ int fd = -1;
	struct byte_source *in;
	int r;

	if (!strcmp(path, "-")) {
		if (engine_open(call, err) < 0)
			return -1;
		return engine_pass(call, err);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		vc_fail(err, errno, "cannot open '%s'", path);
		err->status = VC_EXIT_ENGINE;
		return -1;
	}
	if (engine_open(call, err) < 0)
		return -1;
	strv_set(&call->argv, s->words[1], xstrdup("-"));
	in = stream_source(fd, NULL, 0);
	r = engine_pass_streams(call, in, NULL, err);
	in->free(in);
	return r;
}
