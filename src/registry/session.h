/*
 * Who is asked for one image, and as whom: its registry, and the mirrors
 * before it.
 */
#ifndef REGISTRY_SESSION_H
#define REGISTRY_SESSION_H

#include "auth_challenge.h"
#include "credentials.h"
#include "http.h"
#include "name.h"
#include "vc/registry.h"

struct source {
	char *host;       /* owned: "docker.io", in messages and auth files */
	char *base;       /* owned: "https://registry-1.docker.io" */
	bool unverified;
	bool negotiates;  /* answers a challenge; the token servers do not */
	bool down;        /* could not be reached: not asked again */
	struct credentials creds;
	bool creds_known; /* looked for already */
	char *authorization;  /* owned: the header's value, or NULL */
	unsigned generation;  /* of it */
};

struct session {
	const struct registry_options *o; /* borrowed */
	const struct remote_name *name;   /* borrowed */
	struct http *http;
	struct source *sources; /* the registry itself is the last */
	size_t n_sources;
	unsigned retries;
	/* called now and then while something is under way; may be NULL */
	void (*tick)(void *arg);
	void *tick_arg;
};

int session_open(const struct registry_options *o,
		 const struct remote_name *name, struct session **ret,
		 struct vc_error *err);
void session_free(struct session *s);
const struct source *session_registry(const struct session *s);
void source_release(struct source *s);

/*
 * What a 401 asks for: leaves a new `authorization` in src.  auth.c
 */
int source_authenticate(struct session *s, struct source *src,
			const struct strv *challenges, struct vc_error *err);
/* A token for pulling `path`, from the server that the challenge names; owned
 * by the caller.  auth_token.c */
int token_fetch(struct session *s, const struct source *src,
		const struct challenge *c, char **ret, struct vc_error *err);
/* The token in a server's answer; owned by the caller, NULL on failure. */
char *token_parse(const char *json, size_t len, struct vc_error *err);

#endif
