/* WWW-Authenticate: RFC 9110, section 11, and docker's Bearer challenge
 * (distribution-spec's token authentication). */
#ifndef REGISTRY_AUTH_CHALLENGE_H
#define REGISTRY_AUTH_CHALLENGE_H

#include <stddef.h>

#include "vc/error.h"

enum auth_scheme { AUTH_OTHER, AUTH_BASIC, AUTH_BEARER };

struct challenge {
	enum auth_scheme scheme;
	char *realm, *service, *scope, *error; /* owned; NULL: not said */
};

struct challenges {
	struct challenge *v;
	size_t n;
};

/* Appends the challenges of one header, of which there may be several. */
int challenges_parse(struct challenges *c, const char *header,
		     struct vc_error *err);
void challenges_release(struct challenges *c);
#define _cleanup_challenges_ __attribute__((cleanup(challenges_release)))
/* The first of that scheme, or NULL. */
const struct challenge *challenges_find(const struct challenges *c,
					enum auth_scheme scheme);

#endif
