/* URLs, by libcurl's parser: what we compare is what it will connect to. */
#include "url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

static void url_cleanup(CURLU **u)
{
	curl_url_cleanup(*u);
}

static CURLU *url_new(void)
{
	CURLU *u = curl_url();

	if (!u)
		vc_oom();
	return u;
}

static char *part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *from_curl = NULL;
	char *s;

	if (curl_url_get(u, what, &from_curl, flags) != CURLUE_OK)
		return NULL;
	s = xstrdup(from_curl);
	curl_free(from_curl);
	return s;
}

static int read_origin(CURLU *u, struct origin *ret, struct vc_error *err)
{
	_cleanup_origin_ struct origin o = {
		part(u, CURLUPART_SCHEME, 0), part(u, CURLUPART_HOST, 0),
		part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT),
	};

	if (!o.host || !*o.host || !o.port) {
		vc_fail(err, 0, "a URL without a host");
		return -1;
	}
	if (!str_eq(o.scheme, "https") && !str_eq(o.scheme, "http")) {
		vc_fail(err, 0, "a URL that is neither https nor http");
		return -1;
	}
	*ret = o;
	o = (struct origin){ 0 };
	return 0;
}

static int set_url(CURLU *u, const char *url, struct vc_error *err)
{
	CURLUcode r = curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER);

	if (r == CURLUE_USER_NOT_ALLOWED)
		return vc_fail(err, 0, "a URL with a user name in it");
	/* the URL itself is not shown: it may be a signed one */
	if (r != CURLUE_OK)
		return vc_fail(err, 0, "not a valid URL: %s",
			       curl_url_strerror(r));
	return 0;
}

int origin_of(const char *url, struct origin *ret, struct vc_error *err)
{
	__attribute__((cleanup(url_cleanup))) CURLU *u = url_new();

	if (set_url(u, url, err) < 0)
		return -1;
	return read_origin(u, ret, err);
}

void origin_release(struct origin *o)
{
	free(o->scheme);
	free(o->host);
	free(o->port);
	*o = (struct origin){ 0 };
}

bool origin_equal(const struct origin *a, const struct origin *b)
{
	return str_eq(a->scheme, b->scheme) && str_eq(a->port, b->port) &&
	       !strcasecmp(a->host, b->host);
}

char *origin_host(const struct origin *o)
{
	const char *usual = str_eq(o->scheme, "https") ? "443" : "80";
	_cleanup_free_ char *host = printable(o->host, strlen(o->host));

	if (str_eq(o->port, usual))
		return steal_ptr(host);
	return xasprintf("%s:%s", host, o->port);
}

char *redirect_resolve(const char *from, const char *location, bool *ret_same,
		       struct vc_error *err)
{
	__attribute__((cleanup(url_cleanup))) CURLU *u = url_new();
	_cleanup_origin_ struct origin old = { 0 };
	_cleanup_origin_ struct origin new = { 0 };
	_cleanup_free_ char *host = NULL;
	char *url;

	/* setting a second URL resolves it against the first */
	if (set_url(u, from, err) < 0 || read_origin(u, &old, err) < 0 ||
	    set_url(u, location, err) < 0 || read_origin(u, &new, err) < 0)
		return NULL;
	host = origin_host(&new);
	if (str_eq(old.scheme, "https") && !str_eq(new.scheme, "https")) {
		vc_fail(err, 0, "a redirect from https down to http (to '%s')",
			host);
		return NULL;
	}
	url = part(u, CURLUPART_URL, 0);
	if (!url)
		vc_fail(err, 0, "a redirect to what is not a URL");
	else
		*ret_same = origin_equal(&old, &new);
	return url;
}

char *url_escape(const char *s)
{
	char *from_curl = curl_easy_escape(NULL, s, (int)strlen(s));
	char *copy;

	if (!from_curl)
		vc_oom();
	copy = xstrdup(from_curl);
	curl_free(from_curl);
	return copy;
}
