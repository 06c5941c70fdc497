/*
 * The sink that is a partial file.  What has come is kept when a connection
 * breaks, and only the rest is asked for; a server that does not know how to
 * do that sends all of it.
 */
#include "blob_job.h"

#include <stdlib.h>

#include "vc/util.h"

static int prepare(struct job *j, struct strv *headers, struct vc_error *err)
{
	struct blob_job *b = j->data;

	if (j->last_status == 416 && partial_restart(&b->p, err) < 0)
		return -1;
	if (b->p.have)
		strv_addf(headers, "Range: bytes=%llu-",
			  (unsigned long long)b->p.have);
	return 0;
}

static int other_range(struct job *j, struct vc_error *err)
{
	struct blob_job *b = j->data;

	if (partial_restart(&b->p, err) < 0)
		return -1;
	j->again = true;
	return vc_fail(err, 0, "'%s' sent another part than was asked for",
		       j->sources[j->at].host);
}

static int head(struct job *j, const struct response *r, struct vc_error *err)
{
	struct blob_job *b = j->data;
	struct partial *p = &b->p;
	uint64_t all;

	if (r->status == 206 &&
	    (!p->have || !content_range_is(r->content_range, p->have, p->size)))
		return other_range(j, err);
	if (r->status == 200 && p->have && partial_restart(p, err) < 0)
		return -1;
	if (!p->have)
		b->resumed = false;
	if (r->length == LENGTH_UNKNOWN || r->length == p->size - p->have)
		return 0;
	all = r->length + p->have;
	vc_fail(err, 0, "size mismatch (expected %llu bytes, '%s' has %llu)",
		(unsigned long long)p->size, j->sources[j->at].host,
		(unsigned long long)all);
	return verify_failed(err);
}

static int data(struct job *j, const void *bytes, size_t len,
		struct vc_error *err)
{
	struct blob_job *b = j->data;

	if (partial_write(&b->p, bytes, len, err) < 0)
		return -1;
	/* a server that always starts anew brings us nowhere */
	if (b->p.have > b->furthest) {
		j->gained += b->p.have - b->furthest;
		b->furthest = b->p.have;
	}
	return 0;
}

static int finish(struct job *j, const struct response *r, struct vc_error *err)
{
	struct blob_job *b = j->data;
	struct partial *p = &b->p;

	(void)r;
	if (p->have < p->size) {
		j->again = true;
		vc_fail(err, 0, "'%s' sent only %llu of %llu bytes",
			j->sources[j->at].host, (unsigned long long)p->have,
			(unsigned long long)p->size);
		return verify_failed(err);
	}
	if (partial_commit(p, &b->blob->fd, err) == 0)
		return 0;
	/* the beginning may have been somebody else's fault */
	j->again = b->resumed;
	return -1;
}

static const struct job_sink sink = {
	.prepare = prepare,
	.head = head,
	.data = data,
	.finish = finish,
};

void blob_job_init(struct blob_job *b, struct session *s,
		   struct wanted_blob *blob, struct partial *p)
{
	_cleanup_free_ char *digest = digest_text(&blob->digest);

	*b = (struct blob_job){ .blob = blob, .p = *p };
	*p = (struct partial)PARTIAL_INIT;
	b->resumed = b->p.have > 0;
	b->furthest = b->p.have;
	b->path = xasprintf("/v2/%s/blobs/%s", s->name->path, digest);
	job_init(&b->job, s);
	b->job.sink = &sink;
	b->job.data = b;
	b->job.what = blob->what;
	b->job.path = b->path;
}

void blob_job_release(struct blob_job *b)
{
	job_release(&b->job);
	partial_release(&b->p);
	free(b->path);
}

int blob_job_try_without(struct blob_job *b, struct vc_error *err)
{
	_cleanup_error_ struct vc_error why = { 0 };

	if (b->p.have < b->p.size)
		return 0;
	if (partial_commit(&b->p, &b->blob->fd, &why) == 0)
		return 1;
	if (why.status == REGISTRY_EXIT_VERIFY) /* it is empty again */
		return 0;
	*err = why;
	why = (struct vc_error){ 0 };
	return -1;
}
