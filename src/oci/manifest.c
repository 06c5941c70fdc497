/* Reading manifests. */
#include "manifest.h"

#include <stdlib.h>

#include "document.h"
#include "vc/util.h"

void manifest_release(struct manifest *m)
{
	descriptor_release(&m->config);
	for (size_t i = 0; i < m->n_layers; i++)
		descriptor_release(&m->layers[i]);
	free(m->layers);
	*m = (struct manifest){ 0 };
}

static int check_layer(const struct descriptor *d, struct vc_error *err)
{
	switch (d->kind) {
	case MEDIA_LAYER:
	case MEDIA_FOREIGN_LAYER:
		return 0;
	case MEDIA_ENCRYPTED_LAYER:
		return vc_fail(err, 0, "it is encrypted ('%s'): decrypt the "
				       "image with 'skopeo copy "
				       "--decryption-key' first",
			       d->media_type);
	case MEDIA_UNKNOWN:
	case MEDIA_INDEX:
	case MEDIA_MANIFEST:
	case MEDIA_CONFIG:
	case MEDIA_SCHEMA1:
		break;
	}
	return vc_fail(err, 0, "unknown media type '%s'", d->media_type);
}

static int parse_layers(struct json_object *o, struct manifest *m,
			struct vc_error *err)
{
	struct json_object *layers, *e;
	size_t n;

	if (jdoc_array(o, "layers", MAX_LAYERS, &layers, err) < 0)
		return -1;
	n = layers ? json_object_array_length(layers) : 0;
	m->layers = xcalloc(n, sizeof(*m->layers));
	for (size_t i = 0; i < n; i++) {
		if (jdoc_object_at(layers, i, &e, err) < 0 ||
		    descriptor_parse(e, &m->layers[i], err) < 0)
			return vc_wrap(err, "layer %zu of %zu", i + 1, n);
		m->n_layers++;
		if (check_layer(&m->layers[i], err) < 0)
			return vc_wrap(err, "layer %zu of %zu", i + 1, n);
	}
	return 0;
}

static int parse(struct json_object *o, struct manifest *m,
		 struct vc_error *err)
{
	struct json_object *config;

	if (jdoc_object(o, "config", &config, err) < 0)
		return -1;
	if (!config)
		return vc_fail(err, 0, "'config' is missing");
	if (descriptor_parse(config, &m->config, err) < 0)
		return vc_wrap(err, "config");
	if (m->config.kind != MEDIA_CONFIG)
		return vc_fail(err, 0, "not a container image: its config is of "
				       "type '%s'", m->config.media_type);
	return parse_layers(o, m, err);
}

int manifest_read(const struct layout *l, const struct descriptor *d,
		  struct manifest *ret, struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct manifest m = { 0 };

	if (document_read(l, d, NULL, &o, err) < 0 ||
	    document_check(o, MEDIA_MANIFEST, d->media_type, err) < 0 ||
	    parse(o, &m, err) < 0) {
		manifest_release(&m);
		return vc_wrap(err, "manifest");
	}
	*ret = m;
	return 0;
}
