/* The layout over the cache. */
#include "image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "document_job.h"
#include "vc/util.h"

static struct registry_image *image_of(const struct layout *l)
{
	return (struct registry_image *)(void *)l;
}

static struct held *lookup(struct registry_image *i, const struct digest *d)
{
	for (size_t k = 0; k < i->n; k++)
		if (digest_equal(&i->v[k].digest, d))
			return &i->v[k];
	return NULL;
}

struct held *image_expect(struct registry_image *i, const struct digest *d,
			  uint64_t size, bool manifest)
{
	struct held *h = lookup(i, d);

	if (h)
		return h;
	if (i->n == i->cap) {
		i->cap = i->cap ? i->cap * 2 : 32;
		i->v = xrealloc(i->v, i->cap * sizeof(*i->v));
	}
	h = &i->v[i->n++];
	*h = (struct held){ .digest = *d, .size = size, .manifest = manifest,
			    .fd = -1 };
	return h;
}

/* Descriptors that are no good are left to those who read the document. */
static void expect_from(struct registry_image *i, struct json_object *o,
			bool manifest)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	struct descriptor d = { 0 };

	if (descriptor_parse(o, &d, &ignored) == 0)
		image_expect(i, &d.digest, d.size, manifest);
	descriptor_release(&d);
}

/* The documents that this one leads to. */
static void learn(struct registry_image *i, const struct buf *b)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	_cleanup_json_ struct json_object *o = jdoc_parse(buf_ptr(b), b->len,
							  &ignored);
	struct json_object *entries = NULL, *config = NULL, *e;

	if (!o || !json_object_is_type(o, json_type_object))
		return;
	if (jdoc_array(o, "manifests", 1024, &entries, &ignored) == 0 && entries)
		for (size_t k = 0; k < json_object_array_length(entries); k++)
			if (jdoc_object_at(entries, k, &e, &ignored) == 0)
				expect_from(i, e, true);
	if (jdoc_object(o, "config", &config, &ignored) == 0 && config)
		expect_from(i, config, false);
}

/* By value: the table may move while others are learned of. */
static int fetch_document(struct registry_image *i, struct held h, int *ret_fd,
			  struct vc_error *err)
{
	const struct wanted want = { &h.digest, h.size, JSON_MAX_SIZE };
	_cleanup_free_ char *digest = digest_text(&h.digest);
	_cleanup_free_ char *path = NULL;
	_cleanup_document_job_ struct document_job d;

	document_job_init(&d, &want);
	path = xasprintf("/v2/%s/%s/%s", i->remote.path,
			 h.manifest ? "manifests" : "blobs", digest);
	job_init(&d.job, i->session);
	d.job.path = path;
	d.job.what = h.manifest ? "manifest" : "config";
	d.job.accept = h.manifest ? ACCEPT_MANIFESTS : NULL;
	if (h.size > JSON_MAX_SIZE) {
		vc_fail(err, 0, "%s of %llu bytes, %u at most are accepted",
			d.job.what, (unsigned long long)h.size, JSON_MAX_SIZE);
		return verify_failed(err);
	}
	if (document_job_run(i->session, &d, err) < 0 ||
	    cache_put(&i->cache, &h.digest, buf_ptr(&d.got.bytes),
		      d.got.bytes.len, ret_fd, err) < 0)
		return -1;
	learn(i, &d.got.bytes);
	return 0;
}

/* 1: had it, and learned from it. */
static int from_cache(struct registry_image *i, struct held h, int *ret_fd,
		      struct vc_error *err)
{
	struct blob b = { { -1, 0, h.size }, -1 };
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	int found = cache_find(&i->cache, &h.digest, h.size, &b.at.fd, err);

	if (found <= 0)
		return found;
	*ret_fd = b.at.fd;
	if (h.size <= JSON_MAX_SIZE) {
		if (blob_read_all(&b, &bytes, err) < 0)
			return -1;
		learn(i, &bytes);
	}
	return 1;
}

static int not_there(const struct digest *d, const char *why,
		     struct vc_error *err)
{
	_cleanup_free_ char *text = digest_text(d);

	vc_fail(err, 0, "'%s' is missing%s", text, why);
	err->errnum = ENOENT;
	return -1;
}

static int obtain(struct registry_image *i, const struct held *h,
		  struct vc_error *err)
{
	struct digest d = h->digest;
	int fd = -1, r;

	r = from_cache(i, *h, &fd, err);
	if (r == 0 && !i->session)
		r = not_there(&d, " in the cache: fetch the image once without "
				  "'--offline'", err);
	else if (r == 0)
		r = fetch_document(i, *h, &fd, err);
	if (fd >= 0)
		lookup(i, &d)->fd = fd;
	return r < 0 ? -1 : 0;
}

static int find_blob(const struct layout *l, const struct digest *d,
		     struct blob *ret, struct vc_error *err)
{
	struct registry_image *i = image_of(l);
	struct held *h = lookup(i, d);

	if (!h || (h->fd < 0 && i->closed))
		return not_there(d, "", err);
	if (h->fd < 0 && obtain(i, h, err) < 0)
		return -1;
	h = lookup(i, d);
	*ret = (struct blob){ { h->fd, 0, h->size }, -1 };
	return 0;
}

static int find_document(const struct layout *l, const char *name,
			 struct blob *ret, struct vc_error *err)
{
	struct registry_image *i = image_of(l);

	*ret = (struct blob)BLOB_INIT;
	if (i->documents >= 0 && !strcmp(name, "oci-layout"))
		ret->at = i->oci_layout;
	else if (i->documents >= 0 && !strcmp(name, "index.json"))
		ret->at = i->index;
	else {
		vc_fail(err, 0, "'%s' is missing", name);
		err->errnum = ENOENT;
		return -1;
	}
	return 0;
}

void image_init(struct registry_image *i)
{
	*i = (struct registry_image){
		.layout = { .find_blob = find_blob,
			    .find_document = find_document,
			    .dirfd = -1 },
		.cache = CACHE_INIT,
		.documents = -1,
	};
}

void registry_image_free(struct registry_image *i)
{
	if (!i)
		return;
	session_free(i->session);
	for (size_t k = 0; k < i->n; k++)
		vc_cleanup_close(&i->v[k].fd);
	free(i->v);
	vc_cleanup_close(&i->documents);
	remote_name_release(&i->remote);
	cache_release(&i->cache);
	free(i->name);
	free(i->digest);
	free(i);
}

void registry_image_cleanup(struct registry_image **i)
{
	registry_image_free(*i);
}

const struct layout *registry_image_layout(const struct registry_image *i)
{
	return &i->layout;
}

const char *registry_image_name(const struct registry_image *i)
{
	return i->name;
}

const char *registry_image_digest(const struct registry_image *i)
{
	return i->digest;
}
