/*
 * What a name stands for.  A tag is asked for once: the answer is a digest and
 * its content together, and from there on everything goes by digests, so that
 * a tag which moves meanwhile changes nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "document_job.h"
#include "image.h"
#include "vc/util.h"

/* "type; charset=utf-8" without what is behind it; NULL when it says
 * nothing. */
static char *bare_type(const char *content_type)
{
	_cleanup_free_ char *type = NULL;

	if (!content_type)
		return NULL;
	type = xstrndup(content_type, strcspn(content_type, "; \t"));
	return media_kind(type) == MEDIA_UNKNOWN ? NULL : steal_ptr(type);
}

/* Without either type: manifest.md and image-index.md of image-spec 1.0 had
 * the member optional. */
static const char *type_by_members(struct json_object *o)
{
	if (jdoc_has(o, "manifests"))
		return "application/vnd.oci.image.index.v1+json";
	if (jdoc_has(o, "layers"))
		return "application/vnd.oci.image.manifest.v1+json";
	if (jdoc_has(o, "fsLayers"))
		return "application/vnd.docker.distribution.manifest.v1+json";
	return NULL;
}

char *root_media_type(const char *content_type, const void *data, size_t len,
		      struct vc_error *err)
{
	_cleanup_free_ char *said = bare_type(content_type);
	_cleanup_json_ struct json_object *o = NULL;
	const char *type;

	if (said)
		return steal_ptr(said);
	o = jdoc_parse(data, len, err);
	if (!o)
		return NULL;
	if (!json_object_is_type(o, json_type_object)) {
		vc_fail(err, 0, "not a JSON object");
		return NULL;
	}
	if (jdoc_text(o, "mediaType", &type, err) < 0)
		return NULL;
	if (!type || !*type)
		type = type_by_members(o);
	if (!type)
		vc_fail(err, 0, "neither a manifest nor an index");
	return type ? xstrdup(type) : NULL;
}

static int check_kind(const struct descriptor *d, struct vc_error *err)
{
	if (d->kind == MEDIA_INDEX || d->kind == MEDIA_MANIFEST)
		return 0;
	if (d->kind == MEDIA_SCHEMA1)
		return vc_fail(err, 0, "it is a docker manifest of schema 1, "
				       "which is no longer read: its owner has "
				       "to push it anew");
	return vc_fail(err, 0, "it is no container image, but of type '%s'",
		       d->media_type);
}

/* Takes media_type over. */
static int describe(struct registry_image *i, char *media_type,
		    const struct digest *digest, uint64_t size,
		    struct descriptor *ret, struct vc_error *err)
{
	struct descriptor d = {
		.media_type = media_type,
		.kind = media_kind(media_type),
		.digest = *digest,
		.size = size,
	};

	if (check_kind(&d, err) < 0) {
		descriptor_release(&d);
		return -1;
	}
	image_expect(i, digest, size, true);
	*ret = d;
	return 0;
}

static int put(struct registry_image *i, struct document_job *d,
	       const struct digest *digest, struct vc_error *err)
{
	_cleanup_close_ int fd = -1;

	/* it will be found again, and learned from, by whoever reads it */
	return cache_put(&i->cache, digest, buf_ptr(&d->got.bytes),
			 d->got.bytes.len, &fd, err);
}

static int from_registry(struct registry_image *i, const struct digest *digest,
			 struct descriptor *ret, struct vc_error *err)
{
	const struct wanted want = { digest, LENGTH_UNKNOWN, JSON_MAX_SIZE };
	const char *version = remote_name_version(&i->remote);
	_cleanup_free_ char *path = xasprintf("/v2/%s/manifests/%s",
					      i->remote.path, version);
	_cleanup_document_job_ struct document_job d;
	struct digest got;
	char *type;

	document_job_init(&d, &want);
	job_init(&d.job, i->session);
	d.job.path = path;
	d.job.what = "manifest";
	d.job.accept = ACCEPT_MANIFESTS;
	if (document_job_run(i->session, &d, err) < 0)
		return -1;
	if (digest)
		got = *digest;
	else
		digest_of_bytes(buf_ptr(&d.got.bytes), d.got.bytes.len, &got);
	type = root_media_type(d.got.content_type, buf_ptr(&d.got.bytes),
			       d.got.bytes.len, err);
	if (!type)
		return -1;
	if (describe(i, type, &got, d.got.bytes.len, ret, err) < 0)
		return -1;
	return put(i, &d, &got, err);
}

/* A digest is the same everywhere and for ever.  1: it was there. */
static int from_cache(struct registry_image *i, const struct digest *digest,
		      struct descriptor *ret, struct vc_error *err)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	_cleanup_blob_ struct blob b = BLOB_INIT;
	struct stat st;
	char *type;
	int r;

	r = cache_find(&i->cache, digest, CACHE_ANY_SIZE, &b.own_fd, err);
	if (r <= 0)
		return r;
	if (fstat(b.own_fd, &st) < 0)
		return vc_fail(err, 0, "cannot look at a blob of the cache");
	b.at = (struct extent){ b.own_fd, 0, (uint64_t)st.st_size };
	if (blob_read_all(&b, &bytes, err) < 0)
		return -1;
	type = root_media_type(NULL, buf_ptr(&bytes), bytes.len, err);
	if (!type ||
	    describe(i, type, digest, bytes.len, ret, err) < 0)
		return -1;
	return 1;
}

static int recall(struct registry_image *i, struct descriptor *ret,
		  struct vc_error *err)
{
	struct cached_name n = { 0 };
	int r = cache_recall(&i->cache, i->name, &n, err);

	if (r < 0)
		return -1;
	if (r == 0)
		return vc_fail(err, 0, "it is not in the cache: fetch it once "
				       "without '--offline'");
	return describe(i, n.media_type, &n.digest, n.size, ret, err);
}

static int remember(const struct registry_image *i, const struct descriptor *d,
		    struct vc_error *err)
{
	const struct cached_name n = { d->media_type, d->digest, d->size };

	return cache_remember(&i->cache, i->name, &n, err);
}

static int by_digest(struct registry_image *i, struct descriptor *ret,
		     struct vc_error *err)
{
	struct digest digest;
	int r;

	if (digest_parse(i->remote.digest, &digest, err) < 0)
		return -1;
	r = from_cache(i, &digest, ret, err);
	if (r)
		return r < 0 ? -1 : 0;
	if (!i->session)
		return vc_fail(err, 0, "it is not in the cache: fetch it once "
				       "without '--offline'");
	return from_registry(i, &digest, ret, err);
}

int image_resolve(struct registry_image *i, struct descriptor *ret,
		  struct vc_error *err)
{
	if (i->remote.digest)
		return by_digest(i, ret, err);
	if (!i->session)
		return recall(i, ret, err);
	if (from_registry(i, NULL, ret, err) < 0)
		return -1;
	return remember(i, ret, err);
}
