/* The two documents of a layout that a registry does not have. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "image.h"
#include "vc/io.h"
#include "vc/util.h"

static void add_text(struct json_object *o, const char *key, const char *value)
{
	if (value)
		json_object_object_add(o, key, json_object_new_string(value));
}

static struct json_object *platform_json(const struct platform *p)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "architecture", p->arch);
	add_text(o, "os", p->os);
	add_text(o, "variant", p->variant);
	return o;
}

static struct json_object *descriptor_json(const struct descriptor *d,
					   const char *name)
{
	struct json_object *o = json_object_new_object();
	_cleanup_free_ char *digest = digest_text(&d->digest);
	struct json_object *a;

	add_text(o, "mediaType", d->media_type);
	add_text(o, "digest", digest);
	json_object_object_add(o, "size",
			       json_object_new_int64((int64_t)d->size));
	if (!platform_is_empty(&d->platform))
		json_object_object_add(o, "platform",
				       platform_json(&d->platform));
	if (name) {
		a = json_object_new_object();
		add_text(a, "org.opencontainers.image.ref.name", name);
		json_object_object_add(o, "annotations", a);
	}
	return o;
}

struct json_object *image_index_of(const struct descriptor *d, const char *name)
{
	struct json_object *index = json_object_new_object();
	struct json_object *manifests = json_object_new_array();

	json_object_array_add(manifests, descriptor_json(d, name));
	json_object_object_add(index, "schemaVersion",
			       json_object_new_int(2));
	add_text(index, "mediaType",
		 "application/vnd.oci.image.index.v1+json");
	json_object_object_add(index, "manifests", manifests);
	return index;
}

int image_set_index(struct registry_image *i, struct json_object *index,
		    struct vc_error *err)
{
	static const char marker[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	const char *text = json_object_to_json_string_ext(
		index, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t n = strlen(marker);
	int fd = memfd_create("index", MFD_CLOEXEC);

	if (fd < 0)
		return vc_fail(err, errno, "cannot create a file in memory");
	i->documents = fd;
	i->oci_layout = (struct extent){ fd, 0, n };
	i->index = (struct extent){ fd, n, strlen(text) };
	if (write_all(fd, marker, n, err) < 0)
		return -1;
	return write_all(fd, text, strlen(text), err);
}
