/*
 * cp to a container: the source is unpacked in the guest and copied from there
 * by the engine's own cp, which decides what the container's path means.
 *
 * The stage holds "s/NAME", what the user named.  Where the engine will follow
 * it as a link, it is one there too, to "t/BASE", so that the engine also
 * decides under which of the two names it arrives.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/copy.h"
#include "engine/copy_header.h"
#include "engine/copy_path.h"
#include "engine/copy_tar.h"
#include "vc/util.h"

struct source {
	char *path;      /* absolute, clean */
	const char *end; /* "", "/" or "/.": as the user wrote it */
	char *target;    /* where it leads as a link; NULL: it is packed itself */
	char *member;    /* "s/NAME" */
	char *target_member;
};

static void source_release(struct source *s)
{
	free(s->path);
	free(s->target);
	free(s->member);
	free(s->target_member);
}

static int missing(const struct engine_call *call, const char *arg,
		   const char *path, int errnum, struct vc_error *err)
{
	_cleanup_free_ char *why = xstrdup(strerror(errnum));

	*why = (char)(*why | 0x20); /* Go's words for errno are lower case */
	if (engine_is_podman(call))
		return copy_fail(call, err, "\"%s\" could not be found on the host: "
				 "lstat %s: %s", arg, path, why);
	return copy_fail(call, err, "lstat %s: %s", path, why);
}

/* "/" has no name, and is always copied as what is in it. */
static char *member_of(const char *dir, const char *path)
{
	const char *base = copy_base(path);

	return xasprintf("%s/%s", dir, *base ? base : "root");
}

static int find_source(const struct engine_call *call, const char *arg,
		       struct source *s, struct vc_error *err)
{
	_cleanup_free_ char *full = copy_absolute(arg);
	struct stat st;

	s->path = copy_clean(full);
	s->end = str_ends(full, "/") ? "/" : "";
	if (copy_names_content(full) || !strcmp(s->path, "/"))
		s->end = "/.";
	s->member = member_of("s", s->path);
	if (lstat(full, &st) < 0 || lstat(s->path, &st) < 0)
		return missing(call, arg, full, errno, err);
	if (!S_ISLNK(st.st_mode))
		return 0;
	/* podman follows it always, and both where it must be a directory */
	if (!engine_is_podman(call) && !*s->end &&
	    !scan_flag(&call->scan, "follow-link"))
		return 0;
	s->target = realpath(s->path, NULL);
	if (!s->target)
		return missing(call, arg, full, errno, err);
	s->target_member = member_of("t", s->target);
	return 0;
}

static int pack(const struct engine_call *call, const struct source *s,
		struct byte_source **ret, struct vc_error *err)
{
	/* podman 5 fails on hard links where it has to rename the directory:
	 * it makes them to the old name */
	struct copy_tar_spec spec = { .path = s->path, .name = s->member,
				      .no_hard_links = engine_is_podman(call) };
	_cleanup_buf_ struct buf head = BUF_INIT;

	if (s->target) {
		_cleanup_free_ char *link = xasprintf("../%s", s->target_member);
		const struct tar_entry e = { .name = s->member, .link = link,
					     .type = '2', .mode = 0777 };

		copy_put_header(&head, &e);
		spec.path = s->target;
		spec.name = s->target_member;
	}
	return copy_tar_open(&spec, &head, ret, err);
}

static int send(struct engine_call *call, const struct source *s,
		struct byte_source *tar, struct vc_error *err)
{
	_cleanup_free_ char *dir = NULL;

	if (engine_open(call, err) < 0 ||
	    stage_send_tree(&call->stage, call->vm, tar, &dir, err) < 0)
		return -1;
	strv_set(&call->argv, call->scan.words[0],
		 xasprintf("%s/%s%s", dir, s->member, s->end));
	return engine_pass(call, err);
}

int copy_in(struct engine_call *call, struct vc_error *err)
{
	struct source s = { 0 };
	struct byte_source *tar = NULL;
	int r = find_source(call, call->argv.v[call->scan.words[0]], &s, err);

	if (r == 0)
		r = pack(call, &s, &tar, err);
	if (r == 0)
		r = send(call, &s, tar, err);
	if (tar)
		tar->free(tar);
	source_release(&s);
	return r;
}
