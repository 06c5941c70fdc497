/* An image from its name to all of its blobs. */
#include <errno.h>
#include <stdlib.h>

#include "blobs.h"
#include "image.h"
#include "oci/config.h"
#include "oci/document.h"
#include "oci/find.h"
#include "oci/index.h"
#include "oci/manifest.h"
#include "oci/select.h"
#include "vc/log.h"
#include "vc/util.h"

#define DEFAULT_CACHE_MAX (20ull << 30)

/* The manifest for the architecture, of what may be an index of many. */
static int choose(struct registry_image *i, const struct descriptor *root,
		  const char *arch, struct descriptor *ret,
		  struct vc_error *err)
{
	const struct image_choice choice = { .arch = arch };
	_cleanup_json_ struct json_object *index = image_index_of(root, NULL);
	_cleanup_free_ struct candidate **chosen = NULL;
	_cleanup_candidates_ struct candidates c = { 0 };
	_cleanup_free_ char *note = NULL;
	size_t n;

	if (index_walk(&i->layout, index, &c, err) < 0 ||
	    select_images(&i->layout, &c, &choice, i->name, &chosen, &n, &note,
			  err) < 0)
		return -1;
	if (note)
		log_verbose("%s: %s", i->name, note);
	descriptor_copy(ret, &chosen[0]->d);
	return 0;
}

/* Before the layers are fetched for nothing. */
static int check_config(struct registry_image *i, const struct descriptor *d,
			const struct manifest *m, const char *arch,
			struct vc_error *err)
{
	_cleanup_image_config_ struct image_config c = { 0 };
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_free_ char *title = xasprintf("image '%s'", i->name);

	if (document_read(&i->layout, &m->config, NULL, &o, err) < 0 ||
	    image_config_parse(o, &c, err) < 0)
		return -1;
	if (m->n_layers != c.n)
		return vc_fail(err, 0, "the manifest has %zu layers, the config "
				       "%zu diff_ids", m->n_layers, c.n);
	return check_platform(c.platform.arch ? &c.platform : &d->platform,
			      title, arch, err);
}

/* Hands over what has been had. */
static void keep(struct registry_image *i, struct wanted_blob *v, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		struct held *h = image_expect(i, &v[k].digest, v[k].size, false);

		if (h->fd < 0)
			h->fd = steal_fd(&v[k].fd);
		vc_cleanup_close(&v[k].fd);
		free(v[k].what);
	}
}

static char *layer_name(const struct manifest *m, size_t k)
{
	const struct descriptor *d = &m->layers[k];
	bool elsewhere = d->kind == MEDIA_FOREIGN_LAYER || d->elsewhere;

	return xasprintf("layer %zu of %zu%s", k + 1, m->n_layers,
			 elsewhere ? " (which may not be redistributed, and "
				     "may be at its own URL only)" : "");
}

static int fetch_layers(struct registry_image *i, const struct manifest *m,
			struct vc_error *err)
{
	_cleanup_free_ struct wanted_blob *v = xcalloc(m->n_layers, sizeof(*v));
	int r;

	for (size_t k = 0; k < m->n_layers; k++)
		v[k] = (struct wanted_blob){
			.digest = m->layers[k].digest,
			.size = m->layers[k].size,
			.what = layer_name(m, k),
			.fd = -1,
		};
	r = blobs_fetch(i->session, &i->cache, v, m->n_layers, i->name, err);
	keep(i, v, m->n_layers);
	return r;
}

static int fetch_manifest(struct registry_image *i, const struct descriptor *d,
			  const char *arch, struct vc_error *err)
{
	const char *name = i->remote.tag ? i->name : NULL;
	_cleanup_json_ struct json_object *index = image_index_of(d, name);
	_cleanup_manifest_ struct manifest m = { 0 };

	if (manifest_read(&i->layout, d, &m, err) < 0 ||
	    check_config(i, d, &m, arch, err) < 0 ||
	    fetch_layers(i, &m, err) < 0)
		return -1;
	return image_set_index(i, index, err);
}

static int fetch_all(struct registry_image *i, const char *arch,
		     struct vc_error *err)
{
	struct descriptor root = { 0 }, d = { 0 };
	int r;

	r = image_resolve(i, &root, err);
	if (r == 0) {
		i->digest = digest_text(&root.digest);
		r = choose(i, &root, arch, &d, err);
	}
	if (r == 0)
		r = fetch_manifest(i, &d, arch, err);
	descriptor_release(&root);
	descriptor_release(&d);
	return r;
}

static int open_image(struct registry_image *i, const char *name,
		      const struct registry_options *o, struct vc_error *err)
{
	if (remote_name_parse(name, &i->remote, err) < 0)
		return -1;
	i->name = remote_name_text(&i->remote);
	if (o->require_digest && !i->remote.digest) {
		vc_fail(err, 0, "'%s' has no digest, which is required: give it "
				"as 'NAME@sha256:...'", i->name);
		err->status = REGISTRY_EXIT_VERIFY;
		return -1;
	}
	if (cache_open(o->cache_dir, &i->cache, err) < 0)
		return -1;
	return o->offline ? 0 : session_open(o, &i->remote, &i->session, err);
}

static int fetch(struct registry_image *i, const char *name, const char *arch,
		 const struct registry_options *o, struct vc_error *err)
{
	uint64_t freed;

	if (open_image(i, name, o, err) < 0)
		return -1;
	if (fetch_all(i, arch, err) < 0)
		return vc_wrap(err, "'%s'", i->name);
	session_free(steal_ptr(i->session));
	i->closed = true;
	return cache_collect(&i->cache,
			     o->cache_max ? o->cache_max : DEFAULT_CACHE_MAX,
			     &freed, err);
}

int registry_fetch(const char *name, const char *arch,
		   const struct registry_options *o,
		   struct registry_image **ret, struct vc_error *err)
{
	_cleanup_registry_image_ struct registry_image *i =
		xcalloc(1, sizeof(*i));
	int r;

	image_init(i);
	r = fetch(i, name, arch, o, err);
	progress_end();
	if (r < 0) {
		if (!err->status)
			err->status = REGISTRY_EXIT_SOURCE;
		return -1;
	}
	*ret = steal_ptr(i);
	return 0;
}
