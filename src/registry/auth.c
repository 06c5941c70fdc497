/* Answering a 401. */
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "vc/util.h"

static int find_credentials(struct session *s, struct source *src,
			    struct vc_error *err)
{
	if (src->creds_known)
		return 0;
	if (credentials_find(s->o, src->host, s->name->path, &src->creds,
			     err) < 0)
		return -1;
	src->creds_known = true;
	return 0;
}

static int read_challenges(const struct strv *headers, struct challenges *c,
			   struct vc_error *err)
{
	for (size_t i = 0; i < headers->n; i++)
		if (challenges_parse(c, headers->v[i], err) < 0)
			return -1;
	return 0;
}

static int no_login(const struct source *src, struct vc_error *err)
{
	return vc_fail(err, 0, "'%s' wants a login (401): use 'docker login' or "
			       "'podman login', or '--creds'", src->host);
}

static int answer(struct session *s, struct source *src,
		  const struct challenges *c, char **ret, struct vc_error *err)
{
	const struct challenge *bearer = challenges_find(c, AUTH_BEARER);
	_cleanup_free_ char *token = NULL;

	if (bearer) {
		if (token_fetch(s, src, bearer, &token, err) < 0)
			return -1;
		*ret = xasprintf("Bearer %s", token);
		explicit_bzero(token, strlen(token));
		return 0;
	}
	if (!challenges_find(c, AUTH_BASIC))
		return vc_fail(err, 0, "'%s' wants a login (401) of a kind that "
				       "is not known here", src->host);
	if (!src->creds.user)
		return no_login(src, err);
	*ret = credentials_basic(&src->creds);
	return 0;
}

int source_authenticate(struct session *s, struct source *src,
			const struct strv *challenges, struct vc_error *err)
{
	_cleanup_challenges_ struct challenges c = { 0 };
	char *authorization = NULL;

	if (find_credentials(s, src, err) < 0)
		return -1;
	if (read_challenges(challenges, &c, err) < 0)
		return vc_wrap(err, "'%s'", src->host);
	if (answer(s, src, &c, &authorization, err) < 0)
		return -1;
	free(src->authorization);
	src->authorization = authorization;
	src->generation++;
	return 0;
}
