/* Reading descriptors. */
#include "descriptor.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

/*
 * The full name, where a tool has written it, says more than the ref name,
 * which often is a bare tag (containerd and buildkit write both).
 */
static const char *const name_keys[] = {
	"io.containerd.image.name",
	"org.opencontainers.image.ref.name",
};

static int parse_annotations(struct json_object *o, struct descriptor *d,
			     struct vc_error *err)
{
	struct json_object *a;
	const char *s;

	if (jdoc_object(o, "annotations", &a, err) < 0)
		return -1;
	if (!a)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(name_keys) && !d->name; i++) {
		if (jdoc_text(a, name_keys[i], &s, err) < 0)
			return -1;
		if (s && *s)
			d->name = xstrdup(s);
	}
	/* buildkit: docs/attestations/attestation-storage.md */
	d->attestation = jdoc_has(a, "vnd.docker.reference.type");
	return 0;
}

static int parse(struct json_object *o, struct descriptor *d,
		 struct vc_error *err)
{
	struct json_object *platform, *urls;
	const char *type, *digest;

	if (jdoc_text(o, "mediaType", &type, err) < 0 ||
	    jdoc_text(o, "digest", &digest, err) < 0 ||
	    jdoc_size(o, "size", &d->size, err) < 0 ||
	    jdoc_object(o, "platform", &platform, err) < 0 ||
	    jdoc_array(o, "urls", 64, &urls, err) < 0)
		return -1;
	if (!type || !*type || !digest)
		return vc_fail(err, 0, "'%s' is missing",
			       digest ? "mediaType" : "digest");
	if (digest_parse(digest, &d->digest, err) < 0 ||
	    (platform && platform_parse(platform, &d->platform, err) < 0) ||
	    parse_annotations(o, d, err) < 0)
		return -1;
	d->media_type = xstrdup(type);
	d->kind = media_kind(type);
	d->elsewhere = urls && json_object_array_length(urls);
	if (platform_is_unknown(&d->platform))
		d->attestation = true;
	return 0;
}

int descriptor_parse(struct json_object *o, struct descriptor *ret,
		     struct vc_error *err)
{
	struct descriptor d = { 0 };

	if (parse(o, &d, err) < 0) {
		descriptor_release(&d);
		return vc_wrap(err, "descriptor");
	}
	*ret = d;
	return 0;
}

void descriptor_release(struct descriptor *d)
{
	free(d->media_type);
	free(d->name);
	platform_release(&d->platform);
	*d = (struct descriptor){ 0 };
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

void descriptor_copy(struct descriptor *to, const struct descriptor *from)
{
	*to = *from;
	to->media_type = copy(from->media_type);
	to->name = copy(from->name);
	to->platform.os = copy(from->platform.os);
	to->platform.arch = copy(from->platform.arch);
	to->platform.variant = copy(from->platform.variant);
}
