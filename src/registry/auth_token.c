/*
 * Tokens: distribution's "Token Authentication Specification".  The scope is
 * our own: whatever a challenge asks for, a token of ours can pull one image.
 */
#include <stdlib.h>
#include <string.h>

#include "document_job.h"
#include "oci/json.h"
#include "url.h"
#include "vc/util.h"

#define MAX_ANSWER (1u << 20)
#define MAX_TOKEN (32u << 10)

/* It becomes a header's value. */
static int check_token(const char *token, struct vc_error *err)
{
	size_t n = strlen(token);

	if (!n || n > MAX_TOKEN)
		return vc_fail(err, 0, "a token of %zu bytes", n);
	for (const char *p = token; *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return vc_fail(err, 0, "the token has characters that "
					       "are no token's");
	return 0;
}

char *token_parse(const char *json, size_t len, struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = jdoc_parse(json, len, err);
	const char *token = NULL, *access = NULL;

	if (!o)
		return NULL;
	if (!json_object_is_type(o, json_type_object)) {
		vc_fail(err, 0, "not a JSON object");
		return NULL;
	}
	if (jdoc_text(o, "token", &token, err) < 0 ||
	    jdoc_text(o, "access_token", &access, err) < 0)
		return NULL;
	if (!token || !*token)
		token = access;
	if (!token) {
		vc_fail(err, 0, "there is no token in its answer");
		return NULL;
	}
	return check_token(token, err) < 0 ? NULL : xstrdup(token);
}

/* http would hand the password and the token to anybody on the way. */
static int check_realm(const struct session *s, const char *realm, char **host,
		       struct vc_error *err)
{
	_cleanup_origin_ struct origin o = { 0 };

	if (!realm)
		return vc_fail(err, 0, "the challenge names no token server "
				       "(realm)");
	if (origin_of(realm, &o, err) < 0)
		return vc_wrap(err, "token server");
	*host = origin_host(&o);
	if (!str_eq(o.scheme, "https") && !s->o->plain_http)
		return vc_fail(err, 0, "the token server '%s' is to be asked by "
				       "plain http, which is refused without "
				       "'--plain-http'", *host);
	return 0;
}

static char *query(const struct session *s, const struct challenge *c)
{
	_cleanup_free_ char *plain = xasprintf("repository:%s:pull",
					       s->name->path);
	_cleanup_free_ char *scope = url_escape(plain);
	_cleanup_free_ char *service = url_escape(c->service ? c->service : "");

	return xasprintf("%s%s%sscope=%s", c->service ? "service=" : "",
			 service, c->service ? "&" : "", scope);
}

/* OAuth2, RFC 6749 section 6: what an identity token is good for. */
static char *refresh_form(const struct source *src, const char *q)
{
	_cleanup_free_ char *token = url_escape(src->creds.identity_token);

	return xasprintf("grant_type=refresh_token&client_id=vcontainer&%s"
			 "&refresh_token=%s", q, token);
}

static int ask(struct session *s, struct source *server, struct document_job *d,
	       struct vc_error *err)
{
	d->job.what = "login";
	d->job.sources = server;
	d->job.n_sources = 1;
	if (document_job_run(s, d, err) < 0)
		return vc_wrap(err, "token server '%s'", server->host);
	return 0;
}

int token_fetch(struct session *s, const struct source *src,
		const struct challenge *c, char **ret, struct vc_error *err)
{
	const struct wanted want = { NULL, LENGTH_UNKNOWN, MAX_ANSWER };
	_cleanup_document_job_ struct document_job d;
	__attribute__((cleanup(source_release))) struct source server = { 0 };
	_cleanup_free_ char *q = query(s, c);
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *form = NULL;

	document_job_init(&d, &want);
	if (check_realm(s, c->realm, &server.host, err) < 0)
		return vc_wrap(err, "'%s'", src->host);
	server.base = xstrdup(c->realm);
	server.unverified = s->o->insecure;
	if (src->creds.identity_token) {
		d.job.post = form = refresh_form(src, q);
		d.job.path = "";
	} else {
		path = xasprintf("%s%s", strchr(c->realm, '?') ? "&" : "?", q);
		d.job.path = path;
		if (src->creds.user)
			server.authorization = credentials_basic(&src->creds);
	}
	/* not to be sent, but so that a refusal is put in the right words */
	if (!credentials_empty(&src->creds))
		server.creds.user = xstrdup("");
	if (ask(s, &server, &d, err) < 0)
		return -1;
	*ret = token_parse(buf_ptr(&d.got.bytes), d.got.bytes.len, err);
	if (!*ret)
		return vc_wrap(err, "token server '%s'", server.host);
	return 0;
}
