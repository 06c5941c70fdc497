/* A pick: one image of an input, its layers given out one by one. */
#include <stdlib.h>

#include "find.h"
#include "rootfs.h"
#include "runtime.h"
#include "vc/log.h"
#include "vc/util.h"

struct image_pick {
	struct input input;          /* empty when the layout is borrowed */
	const struct layout *layout; /* of the OCI kinds */
	enum image_kind kind;
	struct images images;        /* the one; none for a root file system */
	struct image_runtime runtime;
	int64_t created;
	char *digest, *platform;
};

void image_pick_free(struct image_pick *p)
{
	if (!p)
		return;
	images_release(&p->images);
	image_runtime_release(&p->runtime);
	free(p->digest);
	free(p->platform);
	input_release(&p->input);
	free(p);
}

void image_pick_cleanup(struct image_pick **p)
{
	image_pick_free(*p);
}

static struct image_pick *pick_new(void)
{
	struct image_pick *p = xcalloc(1, sizeof(*p));

	p->input = (struct input){ .fd = -1, .spool.fd = -1 };
	return p;
}

static const struct image *the_image(const struct image_pick *p)
{
	return p->images.n ? &p->images.v[0] : NULL;
}

static struct image_choice one_of(const struct image_choice *choice)
{
	struct image_choice one = *choice;

	one.one = true;
	return one;
}

static int read_created(struct json_object *o, int64_t *ret,
			struct vc_error *err)
{
	const char *text;

	if (jdoc_text(o, "created", &text, err) < 0 ||
	    (text && *text && time_parse(text, ret, err) < 0))
		return vc_wrap(err, "config: 'created'");
	return 0;
}

static int read_config(struct image_pick *p, struct vc_error *err)
{
	const struct image *i = the_image(p);
	_cleanup_json_ struct json_object *o =
		jdoc_parse(buf_ptr(&i->config), i->config.len, err);

	if (!o || runtime_parse(o, &p->runtime, err) < 0 ||
	    read_created(o, &p->created, err) < 0)
		return vc_wrap(err, "%s", i->title);
	return 0;
}

/* Chosen: what is asked for often is put together. */
static int describe(struct image_pick *p, struct vc_error *err)
{
	const struct image *i = the_image(p);

	p->digest = digest_text(*i->manifest.hex ? &i->manifest : &i->id);
	p->platform = xasprintf("linux/%s", platform_arch(&i->platform));
	return read_config(p, err);
}

static int choose_rootfs(struct image_pick *p,
			 const struct image_choice *choice, struct vc_error *err)
{
	_cleanup_strv_ struct strv names = STRV_INIT;
	const char *arch = input_elf_arch(&p->input);

	if (rootfs_choose(&p->input, choice, &names, err) < 0)
		return -1;
	if (!arch)
		arch = platform_of_vm(choice->arch);
	p->platform = xasprintf("linux/%s", arch);
	return runtime_parse(NULL, &p->runtime, err);
}

static int choose(struct image_pick *p, const struct image_choice *choice,
		  struct vc_error *err)
{
	const struct image_choice one = one_of(choice);
	_cleanup_free_ char *note = NULL;

	p->kind = p->input.kind;
	if (input_is_rootfs(&p->input))
		return choose_rootfs(p, &one, err);
	p->layout = &p->input.layout;
	if (find_images(&p->input, &one, &p->images, &note, err) < 0)
		return -1;
	return describe(p, err);
}

int image_pick_open(const char *path, int in, const char *spool_dir,
		    const struct image_choice *choice, struct image_pick **ret,
		    struct vc_error *err)
{
	_cleanup_image_pick_ struct image_pick *p = pick_new();

	if (input_open(&p->input, path, in, spool_dir, err) < 0 ||
	    choose(p, choice, err) < 0)
		return -1;
	progress_end();
	*ret = steal_ptr(p);
	return 0;
}

int image_pick_layout(const struct layout *l, const char *label,
		      const struct image_choice *choice,
		      struct image_pick **ret, struct vc_error *err)
{
	_cleanup_image_pick_ struct image_pick *p = pick_new();
	const struct image_choice one = one_of(choice);
	struct finding f = { &one, label, &p->images };
	_cleanup_free_ char *note = NULL;

	p->kind = IMAGE_OCI_LAYOUT;
	p->layout = l;
	if (find_in_layout(&f, l, &note, err) < 0 || describe(p, err) < 0)
		return -1;
	*ret = steal_ptr(p);
	return 0;
}

enum image_kind image_pick_kind(const struct image_pick *p)
{
	return p->kind;
}

const char *image_pick_digest(const struct image_pick *p)
{
	return p->digest;
}

const char *image_pick_platform(const struct image_pick *p)
{
	return p->platform;
}

const struct image_runtime *image_pick_runtime(const struct image_pick *p)
{
	return &p->runtime;
}

int64_t image_pick_created(const struct image_pick *p)
{
	return p->created;
}

size_t image_pick_layers(const struct image_pick *p)
{
	return the_image(p) ? the_image(p)->n_layers : 1;
}

int image_pick_layer(const struct image_pick *p, size_t i,
		     struct byte_source **ret, const struct digest **ret_digest,
		     const struct digest **ret_diff_id, uint64_t *ret_size,
		     struct vc_error *err)
{
	const struct image *image = the_image(p);
	_cleanup_blob_ struct blob b = BLOB_INIT;
	const struct image_layer *y = NULL;

	if (p->kind == IMAGE_ROOTFS_DIR)
		return vc_fail(err, 0, "'%s' is a directory and has no layers",
			       p->input.label);
	if (!image) {
		b.at = p->input.archive;
	} else {
		y = &image->layers[i];
		if (image_open_layer(image, i, p->layout, &b, err) < 0)
			return -1;
	}
	*ret_digest = y && *y->digest.hex ? &y->digest : NULL;
	*ret_diff_id = y ? &y->diff_id : NULL;
	*ret_size = b.at.size;
	*ret = blob_source(&b);
	return 0;
}

int image_pick_dirfd(const struct image_pick *p)
{
	return p->kind == IMAGE_ROOTFS_DIR ? p->input.fd : -1;
}
