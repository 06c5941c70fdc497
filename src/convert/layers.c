/*
 * All layers of an image into one tree: read in parallel, since inflating is
 * what takes the time, applied in order.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert_private.h"
#include "oci/digest.h"
#include "vc/log.h"
#include "vc/util.h"

#define MAX_WORKERS 8

struct slot { /* one layer */
	struct layer_entries *entries;
	struct vc_error err;
	char *sum; /* of a layer without a digest */
	bool done;
};

struct reading {
	const struct image_pick *pick;
	const struct layer_limits *limits;
	struct slot *slots;
	size_t n;

	pthread_mutex_t lock; /* of all below and of the slots */
	pthread_cond_t finished;
	size_t next;
	bool cancelled;
};

struct worker {
	struct reading *r;
	struct spool *spool;
	pthread_t thread;
};

void spools_release(struct spools *s)
{
	for (size_t i = 0; i < s->n; i++)
		spool_release(&s->v[i]);
	free(s->v);
	*s = (struct spools){ 0 };
}

/* A layer's source that ends early when another layer has failed. */
struct watched {
	struct byte_source base;
	struct byte_source *in;
	struct reading *r;
};

static ssize_t watched_read(struct byte_source *base, void *data, size_t len,
			    struct vc_error *err)
{
	struct watched *w = (struct watched *)base;
	bool cancelled;

	pthread_mutex_lock(&w->r->lock);
	cancelled = w->r->cancelled;
	pthread_mutex_unlock(&w->r->lock);
	if (cancelled)
		return vc_fail(err, ECANCELED, "not read");
	return w->in->read(w->in, data, len, err);
}

/* The digest of a blob is compared first: of a corrupt one it is said that it
 * is corrupt, not what inflating it led to. */
static int read_checked(const struct worker *w, struct byte_source *in,
			const struct digest *digest,
			const struct digest *diff_id, struct slot *s,
			struct vc_error *err)
{
	_cleanup_hash_ struct hash *in_hash =
		hash_new(digest ? digest->kind : HASH_SHA256);
	_cleanup_hash_ struct hash *out_hash =
		diff_id ? hash_new(diff_id->kind) : NULL;
	struct watched watched = { { watched_read, NULL }, in, w->r };
	_cleanup_error_ struct vc_error e = { 0 };
	struct digest sum = { .kind = HASH_SHA256 };
	int r = layer_read(&watched.base, w->r->limits, w->spool, in_hash,
			   out_hash, &s->entries, &e);

	if (digest && !e.errnum && digest_check(digest, in_hash, err) < 0)
		return -1;
	if (r < 0) {
		*err = e;
		e = (struct vc_error){ 0 };
		return -1;
	}
	if (!digest) {
		hash_finish(in_hash, sum.hex);
		s->sum = digest_text(&sum);
	}
	if (diff_id && digest_check(diff_id, out_hash, err) < 0)
		return vc_wrap(err, "unpacked content");
	return 0;
}

static void read_one(const struct worker *w, size_t i, struct slot *s)
{
	const struct digest *digest, *diff_id;
	struct byte_source *in;
	uint64_t size;

	if (image_pick_layer(w->r->pick, i, &in, &digest, &diff_id, &size,
			     &s->err) < 0)
		return;
	read_checked(w, in, digest, diff_id, s, &s->err);
	in->free(in);
}

static void *work(void *arg)
{
	const struct worker *w = arg;
	struct reading *r = w->r;

	pthread_mutex_lock(&r->lock);
	while (r->next < r->n && !r->cancelled) {
		size_t i = r->next++;
		struct slot s = { 0 };

		pthread_mutex_unlock(&r->lock);
		read_one(w, i, &s);
		pthread_mutex_lock(&r->lock);
		s.done = true;
		r->slots[i] = s;
		pthread_cond_broadcast(&r->finished);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* The layer's entries, which are the caller's from then on. */
static int take(struct reading *r, size_t i, struct layer_entries **ret,
		struct vc_error *err)
{
	struct slot *s = &r->slots[i];

	progress("reading layer %zu of %zu", i + 1, r->n);
	pthread_mutex_lock(&r->lock);
	while (!s->done)
		pthread_cond_wait(&r->finished, &r->lock);
	pthread_mutex_unlock(&r->lock);
	if (s->err.msg) {
		*err = s->err;
		s->err = (struct vc_error){ 0 };
		return -1;
	}
	*ret = steal_ptr(s->entries);
	return 0;
}

/* What a limit means for the image as a whole. */
struct sums {
	uint64_t entries, bytes;
};

static int check_sums(struct sums *sums, const struct layer_entries *e,
		      const struct layer_limits *l, struct vc_error *err)
{
	sums->entries += layer_entries_count(e);
	sums->bytes += layer_entries_bytes(e);
	if (l->max_entries && sums->entries > l->max_entries)
		return vc_fail(err, 0, "more than %llu entries in all: "
				       "--max-entries allows more",
			       (unsigned long long)l->max_entries);
	if (l->max_unpacked && sums->bytes > l->max_unpacked)
		return vc_fail(err, 0, "more than %llu bytes unpacked in all: "
				       "--max-unpacked allows more",
			       (unsigned long long)l->max_unpacked);
	return 0;
}

static int apply_all(struct reading *r, struct tree *t, struct vc_error *err)
{
	int64_t mtime = image_pick_created(r->pick);
	struct sums sums = { 0 };

	for (size_t i = 0; i < r->n; i++) {
		struct layer_entries *e = NULL;
		int failed = take(r, i, &e, err) < 0 ||
			     check_sums(&sums, e, r->limits, err) < 0 ||
			     layer_apply(t, e, (uint32_t)i, mtime, r->limits,
					 err) < 0;

		layer_entries_free(e);
		if (failed)
			return vc_wrap(err, "layer %zu of %zu", i + 1, r->n);
	}
	return 0;
}

static size_t count_workers(size_t layers)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = cpus > 0 ? (size_t)cpus : 1;

	if (n > MAX_WORKERS)
		n = MAX_WORKERS;
	return n < layers ? n : layers;
}

static size_t start_workers(struct reading *r, struct worker *workers,
			    struct spools *spools)
{
	size_t n = 0;

	for (; n < spools->n; n++) {
		workers[n] = (struct worker){ .r = r, .spool = &spools->v[n] };
		if (pthread_create(&workers[n].thread, NULL, work,
				   &workers[n]) != 0)
			break; /* fewer do it too */
	}
	return n;
}

static void finish(struct reading *r, struct worker *workers, size_t n)
{
	pthread_mutex_lock(&r->lock);
	r->cancelled = true; /* nothing is left to read, or nothing is wanted */
	pthread_mutex_unlock(&r->lock);
	for (size_t i = 0; i < n; i++)
		pthread_join(workers[i].thread, NULL);
	for (size_t i = 0; i < r->n; i++) {
		layer_entries_free(r->slots[i].entries);
		vc_error_release(&r->slots[i].err);
		free(r->slots[i].sum);
	}
	free(r->slots);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->finished);
}

static int read_blobs(const struct image_pick *pick, const char *spool_dir,
		      const struct layer_limits *limits, struct tree *t,
		      struct spools *spools, char **ret_sum,
		      struct vc_error *err)
{
	struct reading r = {
		.pick = pick,
		.limits = limits,
		.n = image_pick_layers(pick),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.finished = PTHREAD_COND_INITIALIZER,
	};
	struct worker workers[MAX_WORKERS];
	size_t n;
	int result;

	r.slots = xcalloc(r.n ? r.n : 1, sizeof(*r.slots));
	spools->n = count_workers(r.n);
	spools->v = xcalloc(spools->n + 1, sizeof(*spools->v));
	for (size_t i = 0; i < spools->n; i++)
		spool_init(&spools->v[i], spool_dir);
	n = start_workers(&r, workers, spools);
	result = !n && r.n ? vc_fail(err, EAGAIN, "cannot start a thread") :
			     apply_all(&r, t, err);
	if (result == 0 && r.n == 1 && r.slots[0].sum)
		*ret_sum = steal_ptr(r.slots[0].sum);
	finish(&r, workers, n);
	return result;
}

/* A packed directory has no entry for itself. */
static int describe_root(int dirfd, struct tree *t, struct vc_error *err)
{
	struct tree_inode *root = tree_root(t)->inode;
	struct stat st;

	if (fstat(dirfd, &st) < 0)
		return vc_fail(err, errno, "root file system");
	root->mode = st.st_mode & 07777;
	root->uid = st.st_uid;
	root->gid = st.st_gid;
	root->mtime = st.st_mtim.tv_sec;
	root->mtime_ns = (uint32_t)st.st_mtim.tv_nsec;
	return 0;
}

static int read_dir(const struct image_pick *pick, const char *spool_dir,
		    const struct layer_limits *limits, struct tree *t,
		    struct spools *spools, struct vc_error *err)
{
	struct layer_entries *e = NULL;
	struct sums sums = { 0 };
	int r;

	spools->n = 1;
	spools->v = xcalloc(1, sizeof(*spools->v));
	spool_init(spools->v, spool_dir);
	r = layer_read_dir(image_pick_dirfd(pick), "root file system", limits,
			   spools->v, &e, err);
	if (r == 0)
		r = check_sums(&sums, e, limits, err);
	if (r == 0)
		r = layer_apply(t, e, 0, 0, limits, err);
	if (r == 0)
		r = describe_root(image_pick_dirfd(pick), t, err);
	layer_entries_free(e);
	return r;
}

int read_layers(const struct image_pick *pick, const char *spool_dir,
		const struct layer_limits *limits, struct tree *t,
		struct spools *spools, char **ret_sum, struct vc_error *err)
{
	int r;

	*ret_sum = NULL;
	r = image_pick_kind(pick) == IMAGE_ROOTFS_DIR ?
		    read_dir(pick, spool_dir, limits, t, spools, err) :
		    read_blobs(pick, spool_dir, limits, t, spools, ret_sum,
			       err);
	progress_end();
	return r;
}
