/*
 * Something to be had from a registry, whatever it takes: redirects, a login,
 * further tries, and the next source when one does not have it.
 */
#ifndef REGISTRY_JOB_H
#define REGISTRY_JOB_H

#include "session.h"

enum job_state { JOB_WAITING, JOB_ACTIVE, JOB_DONE, JOB_FAILED };

struct job;
/* Where the bytes go. */
struct job_sink {
	/* Before each request; may add headers.  May be NULL. */
	int (*prepare)(struct job *j, struct strv *headers,
		       struct vc_error *err);
	/* The head of a 200 or 206, and the body. */
	int (*head)(struct job *j, const struct response *r,
		    struct vc_error *err);
	int (*data)(struct job *j, const void *data, size_t len,
		    struct vc_error *err);
	/* All has come: is it what was wanted? */
	int (*finish)(struct job *j, const struct response *r,
		      struct vc_error *err);
};

struct job {
	/* --- of the caller; borrowed --- */
	const struct job_sink *sink;
	void *data;
	const char *what;   /* "manifest", "layer 2 of 5": in messages */
	const char *path;   /* behind a source's base */
	const char *accept; /* media types, or NULL */
	const char *post;   /* a form's body, or NULL */
	struct source *sources;
	size_t n_sources;
	/* --- set by the sink --- */
	bool again;         /* it has failed, but another try may do */
	uint64_t gained;    /* bytes of this try that no try had before */
	/* --- the result: JOB_DONE, or JOB_FAILED and err --- */
	enum job_state state;
	struct vc_error err;
	/* --- of job*.c --- */
	size_t at;            /* the source that is asked now */
	char *location;       /* owned: where it has sent us, or NULL */
	bool foreign;         /* that is another origin: no credentials */
	unsigned redirects, tries, logins;
	unsigned generation;  /* of the authorization that was sent */
	int64_t not_before;   /* now_ms() */
	long last_status;     /* of the answer before; 0: none */
	struct exchange x;
};

/*
 * All of the jobs, `parallel` at once.  Stops with the first that fails, whose
 * error it returns.
 */
int jobs_run(struct session *s, struct job **jobs, size_t n, unsigned parallel,
	     struct vc_error *err);
/* Sets it to ask all sources of the session. */
void job_init(struct job *j, struct session *s);
void job_release(struct job *j);

/* --- job_step.c, retry.c, status.c --- */

/* What follows from an exchange that is done. */
void job_step(struct session *s, struct job *j);
/* Milliseconds before try n + 1, n from 0; `dice` is random. */
int64_t retry_delay(unsigned n, unsigned dice);
/* An answer that is no success, in words; returns -1.  `known`: somebody was
 * logged in. */
int status_fail(const struct response *r, const struct buf *text,
		const char *host, const struct remote_name *name, bool known,
		struct vc_error *err);
/* Returns -1, with REGISTRY_EXIT_VERIFY as the status. */
int verify_failed(struct vc_error *err);

#endif
