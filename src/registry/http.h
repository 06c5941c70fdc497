/*
 * Single exchanges over libcurl, any number at once in one thread.  Bounded in
 * what it keeps; an exchange has no total timeout, but a server that is silent
 * ends it.  Knows nothing of registries, credentials, redirects or retries.
 */
#ifndef REGISTRY_HTTP_H
#define REGISTRY_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/buf.h"
#include "vc/error.h"
#include "vc/strv.h"

#define LENGTH_UNKNOWN UINT64_MAX

/* The answer's head; strings are owned, NULL: no such header. */
struct response {
	long status;
	uint64_t length; /* of the body, or LENGTH_UNKNOWN */
	int64_t retry_after; /* seconds; -1: not said */
	char *content_type, *content_range, *location, *content_digest;
	struct strv challenges; /* WWW-Authenticate */
};
void response_release(struct response *r);
/* Takes one line of the head. */
void response_line(struct response *r, const char *line, size_t len);

enum fault {
	FAULT_NONE,    /* an answer came, whatever it says */
	FAULT_CONNECT, /* nobody there who could be spoken to */
	FAULT_BROKEN,  /* stalled, cut off: another try may do */
	FAULT_REFUSED, /* by us: on_head, on_data or a limit */
};

struct http;
struct exchange {
	/* --- of the caller --- */
	char *url;           /* owned */
	struct strv headers; /* "Name: value" */
	char *post;          /* owned: a form's body; NULL: GET */
	bool unverified;     /* certificates are not checked */
	/* The head of a 200 or 206, and its body piece by piece. */
	int (*on_head)(struct exchange *x, struct vc_error *err);
	int (*on_data)(struct exchange *x, const void *data, size_t len,
		       struct vc_error *err);
	void *data;
	/* --- once `done` --- */
	bool done;
	enum fault fault;
	struct vc_error err; /* why, when there is a fault; names the host */
	struct response r;
	struct buf text;     /* of other answers: the body's beginning */
	/* --- of http.c --- */
	struct http *http;
	void *easy, *list;
	size_t head_bytes, text_bytes;
	bool began, enough;
};

struct http_settings {
	const char *ca;         /* PEM file beside the system's, or NULL */
	unsigned stall_seconds;
};

int http_open(const struct http_settings *s, struct http **ret,
	      struct vc_error *err);
void http_free(struct http *h);
/* x must stay where it is until it is done or released. */
void http_start(struct http *h, struct exchange *x);
/* Until something happened to an exchange, timeout_ms at most. */
int http_wait(struct http *h, int timeout_ms, struct vc_error *err);
/* Ends it, wherever it is. */
void exchange_release(struct exchange *x);

/* --- http_error.c --- */

/* Fills x->err and x->fault from what libcurl says. */
void exchange_describe(struct exchange *x, int curl_code,
		       unsigned stall_seconds);

#endif
