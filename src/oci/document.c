/* Reading documents and telling them apart. */
#include "document.h"

#include <string.h>

#include "vc/util.h"

static int read_checked(const struct layout *l, const struct descriptor *d,
			struct buf *bytes, struct json_object **ret,
			struct vc_error *err)
{
	_cleanup_blob_ struct blob b = BLOB_INIT;

	if (layout_find_sized(l, &d->digest, d->size, &b, err) < 0 ||
	    blob_read_all(&b, bytes, err) < 0 ||
	    digest_check_bytes(&d->digest, buf_ptr(bytes), bytes->len, err) < 0)
		return -1;
	*ret = jdoc_parse(buf_ptr(bytes), bytes->len, err);
	return *ret ? 0 : -1;
}

int document_read(const struct layout *l, const struct descriptor *d,
		  struct buf *ret_bytes, struct json_object **ret,
		  struct vc_error *err)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT;

	if (read_checked(l, d, &bytes, ret, err) < 0) {
		_cleanup_free_ char *text = digest_text(&d->digest);

		return vc_wrap(err, "document %.19s", text);
	}
	if (ret_bytes) {
		buf_release(ret_bytes);
		*ret_bytes = bytes;
		bytes = (struct buf)BUF_INIT;
	}
	return 0;
}

static int check_schema_version(struct json_object *o, struct vc_error *err)
{
	uint64_t version;

	if (!jdoc_has(o, "schemaVersion"))
		return 0;
	if (jdoc_size(o, "schemaVersion", &version, err) < 0)
		return -1;
	if (version == 1)
		return vc_fail(err, 0, "a docker manifest of schema 1, which is "
				       "no longer read: convert it with "
				       "'skopeo copy'");
	if (version != 2)
		return vc_fail(err, 0, "schemaVersion is %llu, not 2",
			       (unsigned long long)version);
	return 0;
}

int document_check(struct json_object *o, enum media_kind kind,
		   const char *media_type, struct vc_error *err)
{
	bool index = jdoc_has(o, "manifests");
	bool manifest = jdoc_has(o, "layers") || jdoc_has(o, "config") ||
			jdoc_has(o, "fsLayers");
	const char *type;

	if (!json_object_is_type(o, json_type_object))
		return vc_fail(err, 0, "not a JSON object");
	if (check_schema_version(o, err) < 0)
		return -1;
	if (index && manifest)
		return vc_fail(err, 0, "an index and a manifest at once");
	if (kind == MEDIA_INDEX ? !index : index || !manifest)
		return vc_fail(err, 0, kind == MEDIA_INDEX ?
				"no index: 'manifests' is missing" :
				"no manifest: 'config' and 'layers' are missing");
	if (jdoc_text(o, "mediaType", &type, err) < 0)
		return -1;
	if (type && (media_type ? strcmp(type, media_type) != 0 :
				  media_kind(type) != kind))
		return vc_fail(err, 0, "its mediaType is '%s', not '%s'", type,
			       media_type ? media_type :
					    "that of an image index");
	return 0;
}
