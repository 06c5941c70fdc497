/* The sources of an image. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "url.h"
#include "vc/util.h"

#define DEFAULT_RETRIES 4
#define DEFAULT_STALL 30

void source_release(struct source *s)
{
	free(s->host);
	free(s->base);
	credentials_release(&s->creds);
	if (s->authorization)
		explicit_bzero(s->authorization, strlen(s->authorization));
	free(s->authorization);
	*s = (struct source){ 0 };
}

static bool is_unverified(const struct registry_options *o, const char *host)
{
	return o->insecure || (o->insecure_registries &&
			       strv_contains(o->insecure_registries, host));
}

static void set_source(struct source *s, const struct registry_options *o,
		       const char *scheme, const char *host)
{
	s->host = xstrdup(registry_canonical_host(host));
	s->base = xasprintf("%s://%s", scheme, registry_api_host(s->host));
	s->unverified = is_unverified(o, host);
	s->negotiates = true;
}

/* "HOST", or with the scheme said. */
static int set_mirror(struct source *s, const struct registry_options *o,
		      const char *mirror, struct vc_error *err)
{
	const char *scheme = o->plain_http ? "http" : "https";

	if (str_starts(mirror, "http://"))
		scheme = "http";
	else if (str_starts(mirror, "https://"))
		scheme = "https";
	if (strstr(mirror, "://"))
		mirror = strstr(mirror, "://") + 3;
	if (registry_host_check(mirror, err) < 0)
		return vc_wrap(err, "mirror");
	set_source(s, o, scheme, mirror);
	return 0;
}

static int set_sources(struct session *s, struct vc_error *err)
{
	const struct strv *mirrors = s->o->mirrors;
	size_t n = mirrors ? mirrors->n : 0;
	struct source *own;

	s->sources = xcalloc(n + 1, sizeof(*s->sources));
	for (size_t i = 0; i < n; i++) {
		if (set_mirror(&s->sources[i], s->o, mirrors->v[i], err) < 0)
			return -1;
		s->n_sources++;
	}
	own = &s->sources[s->n_sources++];
	set_source(own, s->o, s->o->plain_http ? "http" : "https",
		   s->name->host);
	/* credentials that were given are for nobody else */
	own->creds_known = s->o->creds;
	return s->o->creds ? credentials_parse(s->o->creds, &own->creds, err) :
			     0;
}

int session_open(const struct registry_options *o,
		 const struct remote_name *name, struct session **ret,
		 struct vc_error *err)
{
	struct http_settings http = {
		.ca = o->ca,
		.stall_seconds = o->stall_seconds ? o->stall_seconds :
						    DEFAULT_STALL,
	};
	struct session *s = xcalloc(1, sizeof(*s));

	s->o = o;
	s->name = name;
	s->retries = o->retries == (unsigned)-1 ? DEFAULT_RETRIES : o->retries;
	if (set_sources(s, err) < 0 || http_open(&http, &s->http, err) < 0) {
		session_free(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_sources; i++)
		source_release(&s->sources[i]);
	free(s->sources);
	http_free(s->http);
	free(s);
}

const struct source *session_registry(const struct session *s)
{
	return &s->sources[s->n_sources - 1];
}
