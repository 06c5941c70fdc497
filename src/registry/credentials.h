/* Who we are to a registry: user and password, or an identity token. */
#ifndef REGISTRY_CREDENTIALS_H
#define REGISTRY_CREDENTIALS_H

#include <stdbool.h>

#include "vc/error.h"
#include "vc/registry.h"
#include "vc/strv.h"

/* Owned; user NULL and identity_token NULL: nobody.  Never shown. */
struct credentials {
	char *user, *password;
	char *identity_token; /* OAuth2 refresh token, from "docker login" */
};

/* Wipes them from memory, too. */
void credentials_release(struct credentials *c);
#define _cleanup_credentials_ __attribute__((cleanup(credentials_release)))
bool credentials_empty(const struct credentials *c);
/* "user:password"; the password may be missing. */
int credentials_parse(const char *text, struct credentials *ret,
		      struct vc_error *err);
/* "Basic <base64>", owned by the caller. */
char *credentials_basic(const struct credentials *c);
/* base64 of text into the bytes before a NUL; NULL when it is none. */
char *base64_decode(const char *text);

/*
 * For `path` on `host`, from the auth files; empty when there are none.
 * auth_files.c.
 */
int credentials_find(const struct registry_options *o, const char *host,
		     const char *path, struct credentials *ret,
		     struct vc_error *err);
/* The files that are asked, in order; the first may have to exist. */
void auth_file_paths(const struct registry_options *o, struct strv *ret,
		     bool *ret_first_must_exist);

/* Asks docker-credential-`helper`; empty when it knows nothing of the host.
 * auth_helper.c. */
int credentials_from_helper(const char *helper, const char *host,
			    struct credentials *ret, struct vc_error *err);

#endif
