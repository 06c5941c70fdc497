/*
 * Writing a docker-archive: moby image/spec/v1.2.md.  manifest.json comes
 * first, since podman looks for it from the start; configs are byte by byte
 * what they were, so that image IDs stay; each layer is there once.  Same
 * images, same bytes.
 */
#include <stdlib.h>

#include "images.h"
#include "vc/util.h"

static void add_member(struct parts *p, const char *name, uint64_t size)
{
	const struct tar_entry e = {
		.name = name,
		.type = '0',
		.mode = 0644,
		.size = size,
	};
	_cleanup_buf_ struct buf header = BUF_INIT;

	tar_put_header(&header, &e);
	parts_add_bytes(p, &header);
}

static void add_padding(struct parts *p, uint64_t size)
{
	_cleanup_buf_ struct buf zeros = BUF_INIT;

	tar_put_zeros(&zeros, tar_padding(size));
	parts_add_bytes(p, &zeros);
}

static void add_file(struct parts *p, const char *name, struct buf *bytes)
{
	size_t size = bytes->len;

	add_member(p, name, size);
	parts_add_bytes(p, bytes);
	add_padding(p, size);
}

/* Names have passed the reference grammar and digests are hex: nothing needs
 * escaping. */
static void put_manifest(struct buf *b, const struct images *images,
			 const struct layer_store *layers)
{
	buf_add_char(b, '[');
	for (size_t i = 0; i < images->n; i++) {
		const struct image *im = &images->v[i];

		buf_printf(b, "%s{\"Config\":\"%s.json\",\"RepoTags\":[",
			   i ? "," : "", im->id.hex);
		for (size_t k = 0; k < im->names.n; k++)
			buf_printf(b, "%s\"%s\"", k ? "," : "",
				   im->names.v[k]);
		buf_add_str(b, "],\"Layers\":[");
		for (size_t k = 0; k < im->n_layers; k++)
			buf_printf(b, "%s\"%s.tar\"", k ? "," : "",
				   layers->v[im->stored[k]].diff_id.hex);
		buf_add_str(b, "]}");
	}
	buf_add_str(b, "]\n");
}

static void add_configs(struct parts *p, const struct images *images)
{
	for (size_t i = 0; i < images->n; i++) {
		const struct image *im = &images->v[i];
		_cleanup_free_ char *name = xasprintf("%s.json", im->id.hex);
		_cleanup_buf_ struct buf copy = BUF_INIT;

		buf_add(&copy, buf_ptr(&im->config), im->config.len);
		add_file(p, name, &copy);
	}
}

static void add_layers(struct parts *p, const struct images *images,
		       const struct layer_store *layers)
{
	_cleanup_free_ bool *done = xcalloc(layers->n, sizeof(*done));

	for (size_t i = 0; i < images->n; i++)
		for (size_t k = 0; k < images->v[i].n_layers; k++) {
			size_t n = images->v[i].stored[k];
			const struct layer *l = &layers->v[n];
			_cleanup_free_ char *name =
				xasprintf("%s.tar", l->diff_id.hex);

			if (done[n])
				continue;
			done[n] = true;
			add_member(p, name, l->at.size);
			parts_add_extent(p, &l->at);
			add_padding(p, l->at.size);
		}
}

struct byte_source *docker_archive_source(const struct images *images,
					  const struct layer_store *layers)
{
	_cleanup_buf_ struct buf manifest = BUF_INIT;
	_cleanup_buf_ struct buf end = BUF_INIT;
	struct parts *p = parts_new();

	put_manifest(&manifest, images, layers);
	add_file(p, "manifest.json", &manifest);
	add_configs(p, images);
	add_layers(p, images, layers);
	tar_put_zeros(&end, 2 * TAR_BLOCK);
	parts_add_bytes(p, &end);
	return parts_source(p);
}
