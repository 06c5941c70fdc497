/* The ring: `filled` counts the chunks made, `taken` those given back. */
#include "ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "vc/util.h"

#define CHUNKS 4

struct chunk {
	char *data;
	size_t len; /* 0: the end */
};

struct ahead {
	struct byte_source *in;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t filled, taken;
	bool lent;   /* the chunk at `taken` is with the reader */
	bool stop;
	bool failed; /* the chunk made last is an error */
	struct vc_error read_err;
	struct chunk ring[CHUNKS];
};

/* Until the chunk is full: blocks of a tar never straddle two of them. */
static ssize_t fill(struct ahead *a, char *data)
{
	size_t have = 0;

	while (have < AHEAD_CHUNK) {
		ssize_t n = a->in->read(a->in, data + have, AHEAD_CHUNK - have,
					&a->read_err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* The next free chunk, or NULL when it is time to go. */
static struct chunk *wait_free(struct ahead *a)
{
	struct chunk *c = NULL;

	pthread_mutex_lock(&a->lock);
	while (!a->stop && a->filled - a->taken == CHUNKS)
		pthread_cond_wait(&a->changed, &a->lock);
	if (!a->stop)
		c = &a->ring[a->filled % CHUNKS];
	pthread_mutex_unlock(&a->lock);
	return c;
}

static void *run(void *data)
{
	struct ahead *a = data;
	struct chunk *c;
	ssize_t n;

	do {
		c = wait_free(a);
		if (!c)
			break;
		if (!c->data)
			c->data = xmalloc(AHEAD_CHUNK);
		n = fill(a, c->data);
		pthread_mutex_lock(&a->lock);
		c->len = n > 0 ? (size_t)n : 0;
		a->failed = n < 0;
		a->filled++;
		pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
	} while (n > 0);
	return NULL;
}

int ahead_start(struct byte_source *in, struct ahead **ret,
		struct vc_error *err)
{
	struct ahead *a = xcalloc(1, sizeof(*a));
	sigset_t all, old;
	int r;

	a->in = in;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	/* signals are the program's other threads' business */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&a->thread, NULL, run, a);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r) {
		free(a);
		return vc_fail(err, r, "cannot start a thread");
	}
	*ret = a;
	return 0;
}

ssize_t ahead_next(struct ahead *a, struct hash *hash, const char **ret,
		   struct vc_error *err)
{
	const struct chunk *c;
	bool failed;

	pthread_mutex_lock(&a->lock);
	if (a->lent) {
		a->taken++;
		a->lent = false;
		pthread_cond_signal(&a->changed);
	}
	while (a->filled == a->taken)
		pthread_cond_wait(&a->changed, &a->lock);
	c = &a->ring[a->taken % CHUNKS];
	failed = !c->len && a->failed;
	a->lent = c->len > 0; /* the end stays where it is */
	pthread_mutex_unlock(&a->lock);
	if (failed && a->read_err.msg) {
		*err = a->read_err;
		a->read_err = (struct vc_error){ 0 };
		return -1;
	}
	if (failed)
		return vc_fail(err, 0, "cannot read");
	if (hash)
		hash_update(hash, c->data, c->len);
	*ret = c->data;
	return (ssize_t)c->len;
}

void ahead_stop(struct ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	for (size_t i = 0; i < CHUNKS; i++)
		free(a->ring[i].data);
	vc_error_release(&a->read_err);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->changed);
	free(a);
}
