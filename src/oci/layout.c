/* What layouts in directories and archives have in common. */
#include "layout.h"

#include <errno.h>
#include <string.h>

#include "vc/util.h"

void blob_release(struct blob *b)
{
	vc_cleanup_close(&b->own_fd);
	*b = (struct blob)BLOB_INIT;
}

int blob_read_all(const struct blob *b, struct buf *ret, struct vc_error *err)
{
	_cleanup_free_ char *data = NULL;

	if (b->at.size > JSON_MAX_SIZE)
		return vc_fail(err, 0, "a document of %llu bytes, %u at most "
				       "are accepted",
			       (unsigned long long)b->at.size, JSON_MAX_SIZE);
	data = xmalloc((size_t)b->at.size);
	if (extent_read(&b->at, 0, data, (size_t)b->at.size, err) < 0)
		return -1;
	buf_clear(ret);
	buf_add(ret, data, (size_t)b->at.size);
	return 0;
}

int layout_find_sized(const struct layout *l, const struct digest *d,
		      uint64_t size, struct blob *ret, struct vc_error *err)
{
	_cleanup_blob_ struct blob b = BLOB_INIT;

	if (l->find_blob(l, d, &b, err) < 0)
		return -1;
	if (b.at.size != size) {
		_cleanup_free_ char *text = digest_text(d);

		return vc_fail(err, 0, "size mismatch of blob %s (expected %llu, "
				       "got %llu)", text,
			       (unsigned long long)size,
			       (unsigned long long)b.at.size);
	}
	*ret = b;
	b = (struct blob)BLOB_INIT;
	return 0;
}

static int read_document(const struct layout *l, const char *name,
			 struct json_object **ret, struct vc_error *err)
{
	_cleanup_blob_ struct blob b = BLOB_INIT;
	_cleanup_buf_ struct buf bytes = BUF_INIT;

	if (l->find_document(l, name, &b, err) < 0)
		return -1;
	if (blob_read_all(&b, &bytes, err) < 0)
		return vc_wrap(err, "'%s'", name);
	*ret = jdoc_parse(buf_ptr(&bytes), bytes.len, err);
	if (!*ret)
		return vc_wrap(err, "'%s'", name);
	return 0;
}

/* image-layout.md, "oci-layout file": the version of the layout is 1.0.0 and
 * only a new one may be read differently. */
static int check_version(struct json_object *o, struct vc_error *err)
{
	const char *version;

	if (jdoc_text(o, "imageLayoutVersion", &version, err) < 0)
		return -1;
	if (!version || !str_starts(version, "1.0."))
		return vc_fail(err, 0, "the layout's version is '%s', not 1.0.0",
			       version ? version : "");
	return 0;
}

int layout_read_index(const struct layout *l, struct json_object **ret,
		      struct vc_error *err)
{
	_cleanup_json_ struct json_object *marker = NULL;

	if (read_document(l, "oci-layout", &marker, err) < 0)
		return -1;
	if (check_version(marker, err) < 0)
		return vc_wrap(err, "'oci-layout'");
	return read_document(l, "index.json", ret, err);
}
