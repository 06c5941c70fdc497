/*
 * cp from a container: the engine's tar is taken to its end, and only when the
 * engine says that all went well is it looked at and unpacked: a copy that
 * failed in the guest leaves nothing on the host.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/copy.h"
#include "engine/copy_path.h"
#include "engine/copy_target.h"
#include "engine/untar.h"
#include "vc/log.h"
#include "vc/util.h"

struct spool_sink {
	struct byte_sink sink;
	struct spool *spool;
};

static int spool_sink_write(struct byte_sink *s, const void *data, size_t len,
			    struct vc_error *err)
{
	return spool_write(((struct spool_sink *)s)->spool, data, len, err);
}

/* docker's own line, where it would print it: "2.05kB", three digits. */
static void summary(const struct engine_call *call, uint64_t bytes,
		    const char *dst)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double size = (double)bytes;
	size_t unit = 0;

	if (engine_is_podman(call) || scan_flag(&call->scan, "quiet") ||
	    (!scan_find(&call->scan, "quiet") && !isatty(STDOUT_FILENO)))
		return;
	while (size >= 1000 && unit + 1 < ARRAY_SIZE(units)) {
		size /= 1000;
		unit++;
	}
	dprintf(STDERR_FILENO, "Successfully copied %.3g%s to %s\n", size, units[unit],
		dst);
}

/* "/etc/." and the top of the container: what is in it. */
static bool is_content(const char *src)
{
	const char *path = strchr(src, ':') + 1;
	_cleanup_free_ char *clean = copy_clean(path);

	return copy_names_content(path) || !strcmp(clean, "/") || !strcmp(clean, ".");
}

static int unpack(const struct engine_call *call, const struct copy_target *t,
		  const char *src, const struct extent *archive,
		  struct vc_error *err)
{
	_cleanup_free_ char *clean = copy_clean(strchr(src, ':') + 1);
	struct untar u = {
		.dirfd = t->dirfd, .label = t->dir, .content = is_content(src),
		.skip_devices = engine_is_podman(call),
		.owners = !engine_is_podman(call) && geteuid() == 0 &&
			  scan_flag(&call->scan, "archive"),
	};
	struct untar_info info;

	if (untar_check(&u, archive, &info, err) < 0 ||
	    copy_target_check(t, call, info.is_dir || u.content, err) < 0)
		return -1;
	if (!t->is_dir)
		u.top = t->name;
	else if (!u.content && !engine_is_podman(call))
		/* with -L the archive has the name that the link leads to */
		u.top = copy_base(clean);
	return untar_extract(&u, archive, err);
}

/* The engine writes its tar to a pipe; it does not read our stdin. */
static int fetch(struct engine_call *call, struct spool *spool,
		 struct vc_error *err)
{
	struct spool_sink sink = { { spool_sink_write }, spool };
	struct byte_source *nothing;
	int r;

	if (engine_open(call, err) < 0)
		return -1;
	strv_set(&call->argv, call->scan.words[1], xstrdup("-"));
	nothing = parts_source(parts_new());
	r = engine_pass_streams(call, nothing, &sink.sink, err);
	nothing->free(nothing);
	progress_end();
	return r;
}

static int run(struct engine_call *call, const struct copy_target *t,
	       struct vc_error *err)
{
	_cleanup_free_ char *src = xstrdup(call->argv.v[call->scan.words[0]]);
	struct spool spool;
	int r;

	spool_init(&spool, call->s->state_dir);
	snprintf(spool.what, sizeof(spool.what), "receiving files");
	r = fetch(call, &spool, err);
	if (r == 0) {
		const struct extent archive = { spool.fd, 0, spool.used };

		r = unpack(call, t, src, &archive, err);
		if (r == 0)
			summary(call, spool.used, t->path);
	}
	spool_release(&spool);
	return r;
}

int copy_out(struct engine_call *call, struct vc_error *err)
{
	struct copy_target target;
	int r;

	copy_target_init(&target);
	r = settings_make_state_dir(call->s, err);
	if (r == 0)
		r = copy_target_find(&target, call,
				     call->argv.v[call->scan.words[1]], err);
	if (r == 0)
		r = run(call, &target, err);
	copy_target_release(&target);
	return r;
}
