/* From a checked image set to the engine. */
#include "engine/images.h"

#include "vc/engine.h"
#include "vc/util.h"

const char *images_spool(struct engine_call *call, struct vc_error *err)
{
	if (settings_make_state_dir(call->s, err) < 0)
		return NULL;
	return call->s->state_dir;
}

int images_send(struct engine_call *call, struct image_set *set,
		struct vc_error *err)
{
	struct byte_source *source;
	int r;

	if (engine_open(call, err) < 0 || image_set_source(set, &source, err) < 0)
		return -1;
	r = engine_pass_streams(call, source, NULL, err);
	source->free(source);
	return r;
}

int engine_take_images(struct settings *s, struct image_set *set,
		       struct vc_error *err)
{
	bool rootfs = image_set_kind(set) == IMAGE_ROOTFS_TAR ||
		      image_set_kind(set) == IMAGE_ROOTFS_DIR;
	const struct strv *names = image_set_names(set);
	char *load[] = { "load", "-q" }, *import[] = { "import", "-", NULL };
	struct engine_call call;
	int r;

	if (rootfs)
		import[2] = names->v[0];
	call_init(&call, s, rootfs ? 3 : 2, rootfs ? import : load);
	r = images_send(&call, set, err);
	call_release(&call);
	return r;
}

bool engine_run_has_command(const struct strv *run)
{
	size_t words;
	const struct engine_command *c = engine_find((int)run->n, run->v, &words);
	struct scan scan;
	bool has;

	scan_argv(c->options, run, words, &scan);
	has = scan.n_words > 1 && !scan_find(&scan, "entrypoint");
	scan_release(&scan);
	return has;
}
