/* URLs as far as security hangs on them: whose they are, and where a
 * redirect leads. */
#ifndef REGISTRY_URL_H
#define REGISTRY_URL_H

#include <stdbool.h>

#include "vc/error.h"

/* Scheme, host and port: who gets what is sent there. */
struct origin {
	char *scheme, *host, *port; /* owned; the port is always said */
};

/* http and https only; a URL with a user or password in it is refused. */
int origin_of(const char *url, struct origin *ret, struct vc_error *err);
void origin_release(struct origin *o);
#define _cleanup_origin_ __attribute__((cleanup(origin_release)))
bool origin_equal(const struct origin *a, const struct origin *b);
/* "host", with ":port" where it is not the scheme's own; owned by the caller. */
char *origin_host(const struct origin *o);

/*
 * What `location`, absolute or relative, means as the answer to a request for
 * `from`; never from https down to http.  Owned by the caller; NULL on
 * failure.  *ret_same: it is of the same origin, and may see credentials.
 */
char *redirect_resolve(const char *from, const char *location, bool *ret_same,
		       struct vc_error *err);
/* s as a query's value; owned by the caller. */
char *url_escape(const char *s);

#endif
