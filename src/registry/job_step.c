/* What follows from an answer, or from none. */
#include <stdlib.h>
#include <sys/random.h>

#include "job.h"
#include "url.h"
#include "vc/log.h"
#include "vc/util.h"

#define MAX_REDIRECTS 5
#define MAX_LOGINS 3
#define MAX_RETRY_AFTER 120 /* seconds */
/* A try that has brought that much further was worth it: they count anew. */
#define GOOD_GAIN (1u << 20)

int verify_failed(struct vc_error *err)
{
	err->status = REGISTRY_EXIT_VERIFY;
	return -1;
}

static void wait_until(struct job *j, int64_t when)
{
	free(j->location);
	j->location = NULL;
	j->foreign = false;
	j->redirects = 0;
	j->not_before = when;
	j->state = JOB_WAITING;
}

static bool next_source(struct job *j)
{
	while (j->at + 1 < j->n_sources) {
		j->at++;
		if (!j->sources[j->at].down || j->at + 1 == j->n_sources)
			return true;
	}
	return false;
}

/* This source does not have it, for the reason in j->err. */
static void give_up_source(struct job *j)
{
	const char *host = j->sources[j->at].host;

	if (!next_source(j)) {
		vc_wrap(&j->err, "%s", j->what);
		j->state = JOB_FAILED;
		return;
	}
	log_verbose("%s: not from mirror '%s': %s", j->what, host, j->err.msg);
	vc_error_release(&j->err);
	j->tries = j->logins = 0;
	wait_until(j, 0);
}

static void fail(struct job *j, struct vc_error *why)
{
	vc_error_release(&j->err);
	j->err = *why;
	*why = (struct vc_error){ 0 };
	give_up_source(j);
}

static unsigned roll_dice(void)
{
	unsigned dice = 0;

	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) < 0)
		dice = (unsigned)now_ms();
	return dice;
}

/* The fault may pass.  A mirror is asked once: there is another place. */
static void try_again(struct session *s, struct job *j, struct vc_error *why)
{
	int64_t after = j->x.r.retry_after, delay;

	if (j->gained >= GOOD_GAIN)
		j->tries = 0;
	if (j->at + 1 < j->n_sources || j->tries >= s->retries ||
	    after > MAX_RETRY_AFTER) {
		fail(j, why);
		return;
	}
	delay = after > 0 ? after * 1000 : retry_delay(j->tries, roll_dice());
	log_verbose("%s: %s; once more in %.1f s", j->what, why->msg,
		    (double)delay / 1000);
	j->tries++;
	vc_error_release(why);
	wait_until(j, now_ms() + delay);
}

static void bad_answer(struct session *s, struct job *j, bool transient)
{
	const struct source *src = &j->sources[j->at];
	_cleanup_error_ struct vc_error why = { 0 };
	_cleanup_error_ struct vc_error ignored = { 0 };
	_cleanup_origin_ struct origin o = { 0 };
	_cleanup_free_ char *host = NULL;

	if (j->foreign && origin_of(j->x.url, &o, &ignored) == 0)
		host = origin_host(&o);
	status_fail(&j->x.r, &j->x.text, host ? host : src->host, s->name,
		    !credentials_empty(&src->creds), &why);
	if (transient)
		try_again(s, j, &why);
	else
		fail(j, &why);
}

static void redirect(struct job *j)
{
	_cleanup_error_ struct vc_error why = { 0 };
	bool same = false;
	char *url = NULL;

	if (!j->x.r.location)
		vc_fail(&why, 0, "a redirect to nowhere");
	else if (j->post)
		vc_fail(&why, 0, "a redirect, which must not carry a login on");
	else if (++j->redirects > MAX_REDIRECTS)
		vc_fail(&why, 0, "more than %d redirects", MAX_REDIRECTS);
	else
		url = redirect_resolve(j->x.url, j->x.r.location, &same, &why);
	if (!url) {
		vc_wrap(&why, "'%s'", j->sources[j->at].host);
		fail(j, &why);
		return;
	}
	free(j->location);
	j->location = url;
	/* once away from the source nothing that is its own is sent again,
	 * not even back to it */
	j->foreign = j->foreign || !same;
	j->not_before = 0;
	j->state = JOB_WAITING;
}

static void unauthorized(struct session *s, struct job *j)
{
	struct source *src = &j->sources[j->at];
	_cleanup_error_ struct vc_error why = { 0 };

	if (j->foreign || !src->negotiates || j->logins == MAX_LOGINS) {
		bad_answer(s, j, false);
		return;
	}
	/* meanwhile another job may have got what is missing */
	if (j->generation == src->generation) {
		/* a fresh login that is not good enough will not become so */
		if (j->logins && j->generation) {
			bad_answer(s, j, false);
			return;
		}
		if (source_authenticate(s, src, &j->x.r.challenges, &why) < 0) {
			fail(j, &why);
			return;
		}
	}
	j->logins++;
	wait_until(j, 0);
}

static void finish(struct session *s, struct job *j)
{
	_cleanup_error_ struct vc_error why = { 0 };

	if (j->sink->finish(j, &j->x.r, &why) == 0) {
		vc_error_release(&j->err);
		j->state = JOB_DONE;
	} else if (j->again) {
		try_again(s, j, &why);
	} else {
		fail(j, &why);
	}
}

static void answered(struct session *s, struct job *j)
{
	switch (j->x.r.status) {
	case 200:
	case 206:
		finish(s, j);
		break;
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		redirect(j);
		break;
	case 401:
		unauthorized(s, j);
		break;
	case 408:
	case 416: /* the sink asks for another range, or for all */
	case 425:
	case 429:
		bad_answer(s, j, true);
		break;
	default:
		bad_answer(s, j, j->x.r.status >= 500);
	}
}

void job_step(struct session *s, struct job *j)
{
	switch (j->x.fault) {
	case FAULT_NONE:
		answered(s, j);
		break;
	case FAULT_CONNECT:
		if (!j->foreign)
			j->sources[j->at].down = true;
		fail(j, &j->x.err);
		break;
	case FAULT_BROKEN:
		try_again(s, j, &j->x.err);
		break;
	case FAULT_REFUSED:
		if (j->again)
			try_again(s, j, &j->x.err);
		else
			fail(j, &j->x.err);
		break;
	}
}
