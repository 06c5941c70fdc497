/*
 * The layer store.  An uncompressed blob is sent from where it is; any other
 * is inflated into the spool, hashed on both sides while that is done.
 */
#include "layers.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

/* So many plain blobs of a layout directory stay open; more are copied, a
 * process has 1024 descriptors. */
#define MAX_OPEN 128

void layer_store_release(struct layer_store *s)
{
	for (size_t i = 0; i < s->n; i++)
		vc_cleanup_close(&s->v[i].own_fd);
	free(s->v);
	s->v = NULL;
	s->n = s->cap = s->open_fds = 0;
}

static struct layer *find(struct layer_store *s, const struct digest *diff_id)
{
	for (size_t i = 0; i < s->n; i++)
		if (digest_equal(&s->v[i].diff_id, diff_id))
			return &s->v[i];
	return NULL;
}

static int in_content(struct vc_error *err)
{
	return vc_wrap(err, "unpacked content");
}

/* Takes b->own_fd. */
static int check_plain(struct layer_store *s, struct blob *b,
		       const struct digest *digest, struct layer *l,
		       struct vc_error *err)
{
	if (digest && digest_check_extent(digest, &b->at, err) < 0)
		return -1;
	if (!(digest && digest_equal(digest, &l->diff_id)) &&
	    digest_check_extent(&l->diff_id, &b->at, err) < 0)
		return in_content(err);
	l->at = b->at;
	l->own_fd = steal_fd(&b->own_fd);
	if (l->own_fd >= 0)
		s->open_fds++;
	return 0;
}

static int inflate_checked(struct layer_store *s, struct blob *b,
			   enum compression how, const struct digest *digest,
			   struct layer *l, struct vc_error *err)
{
	_cleanup_hash_ struct hash *in = digest ? hash_new(digest->kind) : NULL;
	_cleanup_hash_ struct hash *out = hash_new(l->diff_id.kind);
	struct byte_source *source = extent_source(&b->at);
	_cleanup_error_ struct vc_error e = { 0 };
	int r = inflate_to_spool(source, how, s->spool, in, out, &l->at, &e);

	source->free(source);
	/* of a corrupt blob say that, not what inflating it led to */
	if (digest && e.errnum == 0 && digest_check(digest, in, err) < 0)
		return -1;
	if (r < 0) {
		*err = e;
		e = (struct vc_error){ 0 };
		return -1;
	}
	if (digest_check(&l->diff_id, out, err) < 0)
		return in_content(err);
	return 0;
}

static int check(struct layer_store *s, struct blob *b,
		 const struct digest *digest, struct layer *l,
		 struct vc_error *err)
{
	size_t n = b->at.size < COMPRESSION_HEAD ? (size_t)b->at.size :
						   COMPRESSION_HEAD;
	char head[COMPRESSION_HEAD];
	enum compression how;

	if (extent_read(&b->at, 0, head, n, err) < 0)
		return -1;
	how = compression_detect(head, n);
	if (how == COMPRESSION_NONE &&
	    (b->own_fd < 0 || s->open_fds < MAX_OPEN))
		return check_plain(s, b, digest, l, err);
	return inflate_checked(s, b, how, digest, l, err);
}

int layer_store_add(struct layer_store *s, struct blob *b,
		    const struct digest *digest, const struct digest *diff_id,
		    size_t *ret, struct vc_error *err)
{
	struct layer *known = find(s, diff_id);
	struct layer l = { .diff_id = *diff_id, .own_fd = -1 };

	if (known) {
		if (digest && !digest_equal(digest, &known->blob) &&
		    digest_check_extent(digest, &b->at, err) < 0)
			return -1;
		*ret = (size_t)(known - s->v);
		return 0;
	}
	if (digest)
		l.blob = *digest;
	if (check(s, b, digest, &l, err) < 0)
		return -1;
	if (!s->v || s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	*ret = s->n;
	s->v[s->n++] = l;
	return 0;
}
