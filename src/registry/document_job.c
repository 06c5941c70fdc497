/* The sink in memory: nothing is kept beyond what was said to be accepted. */
#include "document_job.h"

#include <stdlib.h>

#include "vc/util.h"

void fetched_release(struct fetched *f)
{
	buf_release(&f->bytes);
	free(f->content_type);
	f->content_type = NULL;
}

static int too_long(const struct wanted *w, uint64_t size, struct vc_error *err)
{
	if (w->size != LENGTH_UNKNOWN)
		vc_fail(err, 0, "size mismatch (expected %llu bytes, got %s%llu)",
			(unsigned long long)w->size,
			size > w->size ? "at least " : "",
			(unsigned long long)size);
	else
		vc_fail(err, 0, "a document of %llu bytes or more, %zu at most "
				"are accepted", (unsigned long long)size,
			w->max);
	return verify_failed(err);
}

static uint64_t limit(const struct wanted *w)
{
	return w->size < w->max ? w->size : w->max;
}

static int head(struct job *j, const struct response *r, struct vc_error *err)
{
	struct document_job *d = j->data;

	fetched_release(&d->got);
	if (r->status != 200)
		return vc_fail(err, 0, "'%s' sent a part of it, unasked",
			       j->sources[j->at].host);
	if (r->length != LENGTH_UNKNOWN && r->length > limit(&d->want))
		return too_long(&d->want, r->length, err);
	if (r->content_type)
		d->got.content_type = xstrdup(r->content_type);
	return 0;
}

static int data(struct job *j, const void *bytes, size_t len,
		struct vc_error *err)
{
	struct document_job *d = j->data;

	if (d->got.bytes.len + len > limit(&d->want))
		return too_long(&d->want, d->got.bytes.len + len, err);
	buf_add(&d->got.bytes, bytes, len);
	return 0;
}

/* It need not be there; but if it lies, who knows what else does. */
static int check_header(const struct response *r, const struct buf *b,
			struct vc_error *err)
{
	struct digest said;

	if (!r->content_digest)
		return 0;
	if (digest_parse(r->content_digest, &said, err) < 0 ||
	    digest_check_bytes(&said, buf_ptr(b), b->len, err) < 0) {
		vc_wrap(err, "the Docker-Content-Digest header is wrong");
		return verify_failed(err);
	}
	return 0;
}

static int finish(struct job *j, const struct response *r, struct vc_error *err)
{
	struct document_job *d = j->data;
	const struct wanted *w = &d->want;
	const struct buf *b = &d->got.bytes;

	if (w->size != LENGTH_UNKNOWN && b->len != w->size)
		return too_long(w, b->len, err);
	if (w->digest &&
	    digest_check_bytes(w->digest, buf_ptr(b), b->len, err) < 0) {
		vc_wrap(err, "'%s' sent something else",
			j->sources[j->at].host);
		return verify_failed(err);
	}
	return check_header(r, b, err);
}

static const struct job_sink sink = {
	.head = head,
	.data = data,
	.finish = finish,
};

void document_job_init(struct document_job *d, const struct wanted *want)
{
	*d = (struct document_job){ .want = *want };
	d->job.sink = &sink;
	d->job.data = d;
}

void document_job_release(struct document_job *d)
{
	job_release(&d->job);
	fetched_release(&d->got);
}

int document_job_run(struct session *s, struct document_job *d,
		     struct vc_error *err)
{
	struct job *j = &d->job;

	return jobs_run(s, &j, 1, 1, err);
}
