/*
 * import: a root file system as an image.  A file, a directory or stdin of
 * the host goes to the engine's own import as a plain tar; a URL is the
 * engine's to fetch.
 */
#include <string.h>
#include <unistd.h>

#include "engine/images.h"
#include "vc/util.h"

static bool is_url(const char *s)
{
	return str_starts(s, "http://") || str_starts(s, "https://");
}

int engine_import(struct engine_call *call, struct vc_error *err)
{
	struct image_choice choice = { .arch = call->s->arch };
	_cleanup_image_set_ struct image_set *set = NULL;
	_cleanup_free_ char *note = NULL;
	const char *path, *spool;

	if (!call->scan.n_words || scan_find(&call->scan, "help") ||
	    is_url(call->argv.v[call->scan.words[0]])) {
		if (engine_open(call, err) < 0)
			return -1;
		return engine_pass(call, err);
	}
	path = call->argv.v[call->scan.words[0]];
	spool = images_spool(call, err);
	if (!spool || image_set_open(path, STDIN_FILENO, spool, &set, err) < 0)
		return -1;
	if (image_set_kind(set) != IMAGE_ROOTFS_TAR &&
	    image_set_kind(set) != IMAGE_ROOTFS_DIR)
		return vc_fail(err, 0, "'%s' is an image, not a root file system: use 'load' or "
			       "'vimport'", path);
	/* another architecture is fine where the user says so */
	if (scan_find(&call->scan, "platform") || scan_find(&call->scan, "arch"))
		choice.arch = NULL;
	if (image_set_choose(set, &choice, &note, err) < 0)
		return -1;
	strv_set(&call->argv, call->scan.words[0], xstrdup("-"));
	return images_send(call, set, err);
}
