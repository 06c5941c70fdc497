/* Running jobs side by side. */
#include "job.h"

#include <limits.h>
#include <stdlib.h>

#include "vc/util.h"

void job_init(struct job *j, struct session *s)
{
	j->sources = s->sources;
	j->n_sources = s->n_sources;
}

void job_release(struct job *j)
{
	exchange_release(&j->x);
	vc_error_release(&j->err);
	free(j->location);
	j->location = NULL;
}

static int on_head(struct exchange *x, struct vc_error *err)
{
	struct job *j = x->data;

	j->logins = 0; /* this one was good, until it expires */
	return j->sink->head(j, &x->r, err);
}

static int on_data(struct exchange *x, const void *data, size_t len,
		   struct vc_error *err)
{
	struct job *j = x->data;

	return j->sink->data(j, data, len, err);
}

static void start(struct session *s, struct job *j)
{
	const struct source *src = &j->sources[j->at];
	struct exchange *x = &j->x;

	j->last_status = x->r.status;
	exchange_release(x);
	if (j->location)
		x->url = xstrdup(j->location);
	else
		x->url = xasprintf("%s%s", src->base, j->path);
	if (j->accept)
		strv_addf(&x->headers, "Accept: %s", j->accept);
	if (src->authorization && !j->foreign)
		strv_addf(&x->headers, "Authorization: %s", src->authorization);
	x->post = j->post ? xstrdup(j->post) : NULL;
	/* a host that is not checked does not make others unchecked */
	x->unverified = j->foreign ? s->o->insecure : src->unverified;
	x->on_head = on_head;
	x->on_data = on_data;
	x->data = j;
	if (j->sink->prepare &&
	    j->sink->prepare(j, &x->headers, &j->err) < 0) {
		j->state = JOB_FAILED;
		return;
	}
	j->generation = src->generation;
	j->gained = 0;
	j->again = false;
	j->state = JOB_ACTIVE;
	http_start(s->http, x);
}

static void start_ready(struct session *s, struct job **jobs, size_t n,
			unsigned parallel)
{
	int64_t now = now_ms();
	unsigned active = 0;

	for (size_t i = 0; i < n; i++)
		active += jobs[i]->state == JOB_ACTIVE;
	for (size_t i = 0; i < n && active < parallel; i++) {
		if (jobs[i]->state != JOB_WAITING || jobs[i]->not_before > now)
			continue;
		start(s, jobs[i]);
		active += jobs[i]->state == JOB_ACTIVE;
	}
}

/* How long nothing but the network can call for us. */
static int idle_ms(struct job **jobs, size_t n)
{
	int64_t now = now_ms(), least = 1000;

	for (size_t i = 0; i < n; i++)
		if (jobs[i]->state == JOB_WAITING &&
		    jobs[i]->not_before > now &&
		    jobs[i]->not_before - now < least)
			least = jobs[i]->not_before - now;
	return (int)least;
}

/* *ret_failed: one that failed, or NULL. */
static bool all_done(struct job **jobs, size_t n, struct job **ret_failed)
{
	bool done = true;

	*ret_failed = NULL;
	for (size_t i = 0; i < n; i++) {
		if (jobs[i]->state == JOB_FAILED && !*ret_failed)
			*ret_failed = jobs[i];
		if (jobs[i]->state != JOB_DONE)
			done = false;
	}
	return done;
}

static int take_error(struct job *j, struct vc_error *err)
{
	vc_error_release(err);
	*err = j->err;
	j->err = (struct vc_error){ 0 };
	return -1;
}

/* A token that a step waits for is a job of its own in here, once more. */
int jobs_run(struct session *s, struct job **jobs, size_t n, unsigned parallel,
	     struct vc_error *err)
{
	struct job *failed;

	while (!all_done(jobs, n, &failed)) {
		if (failed)
			return take_error(failed, err);
		start_ready(s, jobs, n, parallel);
		if (http_wait(s->http, idle_ms(jobs, n), err) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			if (jobs[i]->state == JOB_ACTIVE && jobs[i]->x.done)
				job_step(s, jobs[i]);
		if (s->tick)
			s->tick(s->tick_arg);
	}
	return 0;
}
