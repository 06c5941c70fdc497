/*
 * Blobs side by side.  Two processes may want the same: whoever has the lock
 * of the partial file fetches, the other comes back to it when its own are
 * done - then holding no lock itself, so that nobody waits in a circle.
 */
#include "blobs.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "blob_job.h"
#include "vc/log.h"
#include "vc/util.h"

#define DEFAULT_JOBS 4
#define PROGRESS_MS 100
#define FDS_FOR_OTHERS 256

struct run {
	struct session *s;
	const struct cache *c;
	const char *image;
	struct wanted_blob *v; /* all that were wanted */
	size_t n;
	struct blob_job *jobs;
	size_t n_jobs;
	int64_t shown_at;
};

static uint64_t job_bytes(const struct blob_job *b)
{
	return b->blob->fd >= 0 ? b->blob->size : b->p.have;
}

static void show(void *arg)
{
	struct run *r = arg;
	uint64_t have = 0, all = 0;
	int64_t now = now_ms();
	size_t done = 0;

	if (now - r->shown_at < PROGRESS_MS)
		return;
	r->shown_at = now;
	for (size_t i = 0; i < r->n; i++)
		done += r->v[i].fd >= 0;
	for (size_t i = 0; i < r->n_jobs; i++) {
		have += job_bytes(&r->jobs[i]);
		all += r->jobs[i].blob->size;
	}
	progress("pulling %s: layer %zu of %zu: %llu of %llu MiB", r->image,
		 done < r->n ? done + 1 : r->n, r->n,
		 (unsigned long long)(have >> 20),
		 (unsigned long long)(all >> 20));
}

/* Every blob in use is an open file. */
static void allow_files(size_t n)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0 ||
	    l.rlim_cur >= n + FDS_FOR_OTHERS)
		return;
	l.rlim_cur = n + FDS_FOR_OTHERS < l.rlim_max ? n + FDS_FOR_OTHERS :
						       l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
}

/* A size that an image only claims is no reason to fill the disk. */
static int check_space(const struct run *r, struct vc_error *err)
{
	uint64_t need = 0, free_bytes;
	struct statvfs st;

	if (fstatvfs(r->c->dirfd, &st) < 0)
		return vc_fail(err, errno, "cannot look at '%s'", r->c->dir);
	free_bytes = (uint64_t)st.f_bavail * st.f_frsize;
	for (size_t i = 0; i < r->n_jobs; i++) {
		uint64_t left = r->jobs[i].p.size - r->jobs[i].p.have;

		if (left > free_bytes || need > free_bytes - left)
			return vc_fail(err, ENOSPC, "the layers need more than "
				       "the %llu MiB that are free for the "
				       "cache '%s'",
				       (unsigned long long)(free_bytes >> 20),
				       r->c->dir);
		need += left;
	}
	return 0;
}

/* Adds a job for it, unless that turns out not to be needed.  1: another
 * process is at it. */
static int take_up(struct run *r, struct wanted_blob *w, bool wait,
		   struct vc_error *err)
{
	_cleanup_partial_ struct partial p = PARTIAL_INIT;
	struct blob_job *b = &r->jobs[r->n_jobs];
	int found;

	if (wait)
		progress("pulling %s: %s: waiting for another process",
			 r->image, w->what);
	found = partial_open(r->c, &w->digest, w->size, wait, &p, err);
	if (found)
		return found;
	/* it may have become whole since we looked */
	found = cache_find(r->c, &w->digest, w->size, &w->fd, err);
	if (found)
		return found < 0 ? -1 : 0;
	blob_job_init(b, r->s, w, &p);
	r->n_jobs++;
	found = blob_job_try_without(b, err);
	if (found > 0)
		b->job.state = JOB_DONE;
	return found < 0 ? -1 : 0;
}

static int run_jobs(struct run *r, struct vc_error *err)
{
	_cleanup_free_ struct job **jobs = xcalloc(r->n_jobs, sizeof(*jobs));
	unsigned parallel = r->s->o->jobs ? r->s->o->jobs : DEFAULT_JOBS;
	int e;

	if (check_space(r, err) < 0)
		return -1;
	for (size_t i = 0; i < r->n_jobs; i++)
		jobs[i] = &r->jobs[i].job;
	r->s->tick = show;
	r->s->tick_arg = r;
	e = jobs_run(r->s, jobs, r->n_jobs, parallel, err);
	r->s->tick = NULL;
	return e;
}

static void drop_jobs(struct run *r)
{
	for (size_t i = 0; i < r->n_jobs; i++)
		blob_job_release(&r->jobs[i]);
	r->n_jobs = 0;
}

/* One by one, each with its lock awaited. */
static int fetch_others(struct run *r, struct vc_error *err)
{
	int e = 0;

	for (size_t i = 0; i < r->n && e == 0; i++) {
		if (r->v[i].fd >= 0)
			continue;
		e = take_up(r, &r->v[i], true, err);
		if (e == 0 && r->n_jobs)
			e = run_jobs(r, err);
		drop_jobs(r);
	}
	return e;
}

static int find_all(struct run *r, size_t *ret_missing, struct vc_error *err)
{
	*ret_missing = 0;
	for (size_t i = 0; i < r->n; i++) {
		struct wanted_blob *w = &r->v[i];
		int found;

		if (w->fd >= 0)
			continue;
		progress("pulling %s: checking %s in the cache", r->image,
			 w->what);
		found = cache_find(r->c, &w->digest, w->size, &w->fd, err);
		if (found < 0)
			return vc_wrap(err, "%s", w->what);
		if (!found && !r->s)
			return vc_fail(err, 0, "%s is not in the cache: fetch "
					       "the image once without "
					       "'--offline'", w->what);
		*ret_missing += !found;
	}
	return 0;
}

int blobs_fetch(struct session *s, const struct cache *c,
		struct wanted_blob *v, size_t n, const char *image,
		struct vc_error *err)
{
	struct run r = { .s = s, .c = c, .image = image, .v = v, .n = n };
	size_t missing;
	int e = 0;

	allow_files(n);
	if (find_all(&r, &missing, err) < 0)
		return -1;
	if (!missing)
		return 0;
	r.jobs = xcalloc(missing, sizeof(*r.jobs));
	for (size_t i = 0; i < n && e >= 0; i++)
		if (v[i].fd < 0)
			e = take_up(&r, &v[i], false, err);
	if (e >= 0)
		e = r.n_jobs ? run_jobs(&r, err) : 0;
	drop_jobs(&r);
	if (e == 0)
		e = fetch_others(&r, err);
	free(r.jobs);
	return e;
}
