/* Finding images in docker's legacy archives.  They tell no digests: the
 * layers are read here to make diff_ids, and from there on are as any. */
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "docker_legacy.h"
#include "find.h"
#include "names.h"
#include "vc/log.h"
#include "vc/util.h"

static int read_plain(struct image_layer *y, struct vc_error *err)
{
	_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);

	if (hash_extent(h, &y->at, err) < 0)
		return -1;
	hash_finish(h, y->diff_id.hex);
	return 0;
}

static int read_packed(struct image_layer *y, enum compression how,
		       struct spool *spool, struct vc_error *err)
{
	_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);
	struct byte_source *source = extent_source(&y->at);
	int r = inflate_to_spool(source, how, spool, NULL, h, &y->at, err);

	source->free(source);
	if (r < 0)
		return -1;
	hash_finish(h, y->diff_id.hex);
	return 0;
}

static int read_layer(const struct tar_index *index, const char *id,
		      struct spool *spool, struct image_layer *y,
		      struct vc_error *err)
{
	_cleanup_free_ char *name = xasprintf("%s/layer.tar", id);
	char head[COMPRESSION_HEAD];
	enum compression how;
	size_t n;

	if (tar_index_find(index, name, &y->at, err) < 0)
		return -1;
	n = y->at.size < sizeof(head) ? (size_t)y->at.size : sizeof(head);
	if (extent_read(&y->at, 0, head, n, err) < 0)
		return vc_wrap(err, "'%s'", name);
	y->diff_id.kind = HASH_SHA256;
	how = compression_detect(head, n);
	if ((how == COMPRESSION_NONE ? read_plain(y, err) :
				       read_packed(y, how, spool, err)) < 0)
		return vc_wrap(err, "'%s'", name);
	y->size = y->at.size;
	return 0;
}

static int read_layers(const struct tar_index *index, const struct strv *ids,
		       struct spool *spool, struct image *image,
		       struct strv *diff_ids, struct vc_error *err)
{
	image->layers = xcalloc(ids->n, sizeof(*image->layers));
	image->n_layers = ids->n;
	for (size_t i = 0; i < ids->n; i++) {
		struct image_layer *y = &image->layers[i];

		snprintf(spool->what, sizeof(spool->what),
			 "reading layer %zu of %zu", i + 1, ids->n);
		progress("%s", spool->what);
		if (read_layer(index, ids->v[i], spool, y, err) < 0)
			return vc_wrap(err, "layer %zu of %zu", i + 1, ids->n);
		strv_add_take(diff_ids, digest_text(&y->diff_id));
	}
	return 0;
}

static int make_image(struct finding *f, const struct tar_index *index,
		      const char *id, struct spool *spool, struct image *image,
		      struct vc_error *err)
{
	_cleanup_strv_ struct strv ids = STRV_INIT, diff_ids = STRV_INIT;
	_cleanup_json_ struct json_object *o = NULL;

	if (docker_legacy_chain(index, id, &ids, &o, err) < 0 ||
	    platform_parse(o, &image->platform, err) < 0)
		return vc_wrap(err, "%s", image->title);
	if (check_platform(&image->platform, image->title, f->choice->arch,
			   err) < 0)
		return -1;
	if (read_layers(index, &ids, spool, image, &diff_ids, err) < 0)
		return vc_wrap(err, "%s", image->title);
	docker_legacy_config(o, &diff_ids, &image->config);
	digest_of_bytes(buf_ptr(&image->config), image->config.len, &image->id);
	return 0;
}

static bool is_wanted(const struct legacy_image *i, const char *tag)
{
	if (!tag)
		return true;
	for (size_t k = 0; k < i->tags.n; k++)
		if (image_name_matches(i->tags.v[k], tag))
			return true;
	return false;
}

static int check_wanted(const struct finding *f, const struct legacy_images *l,
			struct vc_error *err)
{
	_cleanup_buf_ struct buf all = BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		n += is_wanted(&l->v[i], f->choice->tag);
		for (size_t k = 0; k < l->v[i].tags.n; k++)
			buf_printf(&all, "%s%s", all.len ? ", " : "",
				   l->v[i].tags.v[k]);
	}
	if (!all.len)
		buf_add_str(&all, "images without a name");
	return check_count(f->choice, f->label, false, n, buf_ptr(&all), err);
}

static int find_one(struct finding *f, const struct tar_index *index,
		    const struct legacy_image *i, struct spool *spool,
		    struct vc_error *err)
{
	_cleanup_image_ struct image image = { 0 };

	image.title = image_title(i->tags.n ? i->tags.v[0] : NULL, f->label);
	if (add_names(f->choice, &i->tags, &image.names, err) < 0 ||
	    make_image(f, index, i->id, spool, &image, err) < 0)
		return -1;
	return images_add(f->images, &image, err);
}

int find_in_legacy_archive(struct finding *f, const struct tar_index *index,
			   struct spool *spool, struct vc_error *err)
{
	_cleanup_legacy_images_ struct legacy_images l = { 0 };

	if (docker_legacy_list(index, &l, err) < 0)
		return vc_wrap(err, "'%s', an archive in docker's legacy format",
			       f->label);
	if (check_wanted(f, &l, err) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++)
		if (is_wanted(&l.v[i], f->choice->tag) &&
		    find_one(f, index, &l.v[i], spool, err) < 0)
			return -1;
	return 0;
}
