/*
 * Archives that docker saved before version 1.10: a directory for each layer,
 * called by its 64-digit ID, with "VERSION", "json" and "layer.tar", and
 * `repositories` with the names.  moby image/spec/v1.md.
 */
#ifndef OCI_DOCKER_LEGACY_H
#define OCI_DOCKER_LEGACY_H

#include "json.h"
#include "tar_index.h"
#include "vc/buf.h"
#include "vc/strv.h"

struct legacy_image {
	char *id;         /* owned: of its topmost layer */
	struct strv tags; /* "name:tag" */
};

struct legacy_images {
	struct legacy_image *v;
	size_t n, cap;
};

/* There is `repositories`, or such a directory and nothing newer. */
bool docker_legacy_is(const struct tar_index *index);
/* The images that have names; where none has, those that are nobody's
 * parent. */
int docker_legacy_list(const struct tar_index *index,
		       struct legacy_images *ret, struct vc_error *err);
void legacy_images_release(struct legacy_images *l);
#define _cleanup_legacy_images_ __attribute__((cleanup(legacy_images_release)))

/* An image's layers by their IDs, lowest first; *ret_json (owned) is what the
 * topmost one says. */
int docker_legacy_chain(const struct tar_index *index, const char *id,
			struct strv *ret_ids, struct json_object **ret_json,
			struct vc_error *err);
/*
 * The image's configuration as docker makes it of `json` when it loads such
 * an archive: without what only a layer's ID was made of, with the diff_ids
 * ("sha256:..."), and a history with a line for each.
 */
void docker_legacy_config(struct json_object *json, const struct strv *diff_ids,
			  struct buf *ret);

#endif
