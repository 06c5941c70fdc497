/* index.json of a layout that is written: what is there stays, member by
 * member, but for the entries that the new one replaces. */
#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "document.h"
#include "layout_writer.h"
#include "vc/io.h"
#include "vc/util.h"

#define OCI "application/vnd.oci.image."
#define REF_NAME "org.opencontainers.image.ref.name"

static struct json_object *new_index(void)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "schemaVersion", json_object_new_int(2));
	json_add_text(o, "mediaType", OCI "index.v1+json");
	json_object_object_add(o, "manifests", json_object_new_array());
	return o;
}

static int read_index(struct layout_writer *w, struct json_object **ret,
		      struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *entries;
	struct layout l;

	layout_of_dir(&l, w->dirfd);
	if (layout_read_index(&l, &o, err) < 0) {
		if (err->errnum != ENOENT)
			return -1;
		vc_error_release(err);
		*ret = new_index();
		return 0;
	}
	if (document_check(o, MEDIA_INDEX, NULL, err) < 0 ||
	    jdoc_array(o, "manifests", SIZE_MAX, &entries, err) < 0)
		return vc_wrap(err, "'index.json'");
	*ret = steal_ptr(o);
	return 0;
}

/* Of a document that was made by anybody: what is not text is not equal. */
static const char *text_of(struct json_object *o, const char *member,
			   const char *key)
{
	struct json_object *v = NULL;

	if (member && (!json_object_object_get_ex(o, member, &o) ||
		       !json_object_is_type(o, json_type_object)))
		return NULL;
	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

static bool same_platform(struct json_object *o, const struct layout_entry *e)
{
	return str_eq(text_of(o, "platform", "os"), e->os) &&
	       str_eq(text_of(o, "platform", "architecture"), e->arch) &&
	       str_eq(text_of(o, "platform", "variant"), e->variant);
}

static bool is_replaced(struct json_object *o, const struct layout_blob *b,
			const struct layout_entry *e)
{
	const char *ref = text_of(o, "annotations", REF_NAME);

	if (!e->ref)
		return !ref && str_eq(text_of(o, NULL, "digest"), b->digest);
	return str_eq(ref, e->ref) &&
	       (!e->arch || !text_of(o, "platform", "architecture") ||
		same_platform(o, e));
}

static struct json_object *make_entry(const struct layout_blob *b,
				      const struct layout_entry *e)
{
	struct json_object *o = descriptor_json(
		e->media_type ? e->media_type : OCI "manifest.v1+json", b);
	struct json_object *part;

	if (e->arch) {
		part = json_object_new_object();
		json_add_text(part, "architecture", e->arch);
		json_add_text(part, "os", e->os ? e->os : "linux");
		if (e->variant)
			json_add_text(part, "variant", e->variant);
		json_object_object_add(o, "platform", part);
	}
	if (e->ref) {
		part = json_object_new_object();
		json_add_text(part, REF_NAME, e->ref);
		json_object_object_add(o, "annotations", part);
	}
	return o;
}

static int write_index(struct layout_writer *w, const struct layout_blob *b,
		       const struct layout_entry *e, struct vc_error *err)
{
	_cleanup_json_ struct json_object *index = NULL;
	struct json_object *entries;
	const char *text;

	if (read_index(w, &index, err) < 0)
		return -1;
	entries = json_object_object_get(index, "manifests");
	for (size_t i = json_object_array_length(entries); i-- > 0;)
		if (is_replaced(json_object_array_get_idx(entries, i), b, e))
			json_object_array_del_idx(entries, i, 1);
	json_object_array_add(entries, make_entry(b, e));
	text = json_text(index);
	return write_file_at(w->dirfd, "index.json", 0644, text, strlen(text),
			     err);
}

int layout_writer_tag(struct layout_writer *w, const struct layout_blob *b,
		      const struct layout_entry *e, struct vc_error *err)
{
	struct layout_entry full = *e;
	int r;

	if (full.arch && !full.os)
		full.os = "linux";
	while (flock(w->dirfd, LOCK_EX) < 0)
		if (errno != EINTR)
			return vc_fail(err, errno, "cannot lock '%s'", w->label);
	r = write_index(w, b, &full, err);
	flock(w->dirfd, LOCK_UN);
	return r < 0 ? vc_wrap(err, "OCI layout '%s'", w->label) : 0;
}
