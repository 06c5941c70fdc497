/*
 * load: an archive in any form, by -i or on stdin.  The host finds out what it
 * is, checks every digest and inflates every layer; the engine's own load
 * gets a plain docker-archive and says what it loaded.
 */
#include <string.h>
#include <unistd.h>

#include "engine/images.h"
#include "vc/util.h"

int engine_load(struct engine_call *call, struct vc_error *err)
{
	const struct scan_option *input = scan_find(&call->scan, "input");
	const char *path = input && input->value ? input->value : "-";
	struct image_choice choice = { .arch = call->s->arch };
	_cleanup_image_set_ struct image_set *set = NULL;
	_cleanup_free_ char *note = NULL;
	const char *spool;

	if (scan_find(&call->scan, "help") || call->scan.n_words) {
		if (engine_open(call, err) < 0)
			return -1;
		return engine_pass(call, err);
	}
	if (!strcmp(path, "-") && isatty(STDIN_FILENO))
		return vc_fail(err, 0, "requested load from stdin, but stdin is empty");
	spool = images_spool(call, err);
	if (!spool || image_set_open(path, STDIN_FILENO, spool, &set, err) < 0)
		return -1;
	if (image_set_kind(set) == IMAGE_ROOTFS_TAR ||
	    image_set_kind(set) == IMAGE_ROOTFS_DIR)
		return vc_fail(err, 0, "'%s' is not an image archive: use 'import' for a root "
			       "file system", path);
	if (image_set_choose(set, &choice, &note, err) < 0)
		return -1;
	engine_drop_option(call, "input"); /* it reads its stdin */
	return images_send(call, set, err);
}
