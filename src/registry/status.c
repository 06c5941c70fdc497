/* Answers that are no success, in words: distribution-spec, "Error Codes". */
#include <string.h>

#include "job.h"
#include "oci/json.h"
#include "vc/util.h"

/* The first error's message, printable; owned by the caller, NULL: none. */
static char *server_message(const struct buf *text)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *errors = NULL, *first = NULL;
	const char *s = NULL;

	if (text->len)
		o = jdoc_parse(buf_ptr(text), text->len, &ignored);
	if (!o || !json_object_is_type(o, json_type_object) ||
	    jdoc_array(o, "errors", 64, &errors, &ignored) < 0 || !errors ||
	    jdoc_object_at(errors, 0, &first, &ignored) < 0 ||
	    jdoc_text(first, "message", &s, &ignored) < 0 || !s || !*s)
		return NULL;
	return xasprintf("%.200s", s);
}

static int unauthorized(const char *host, const char *image, bool known,
			struct vc_error *err)
{
	if (known)
		return vc_fail(err, 0, "'%s' does not let this user have '%s' "
				       "(401): check the user name and the "
				       "password, or log in again with 'docker "
				       "login' or 'podman login'", host, image);
	return vc_fail(err, 0, "'%s' wants a login for '%s' (401), or there is "
			       "no such image: use 'docker login' or 'podman "
			       "login', or '--creds'", host, image);
}

static int too_many(const struct response *r, const char *host, bool known,
		    struct vc_error *err)
{
	_cleanup_free_ char *when = r->retry_after > 0 ?
			xasprintf("in %lld seconds",
				  (long long)r->retry_after) :
			xstrdup("later");

	return vc_fail(err, 0, "'%s' has a rate limit, which is used up (429): "
			       "try again %s%s", host, when,
		       known ? "" : ", or log in: it may be higher then");
}

int status_fail(const struct response *r, const struct buf *text,
		const char *host, const struct remote_name *name, bool known,
		struct vc_error *err)
{
	_cleanup_free_ char *image = remote_name_text(name);
	_cleanup_free_ char *said = server_message(text);

	switch (r->status) {
	case 401:
		return unauthorized(host, image, known, err);
	case 403:
		return vc_fail(err, 0, "'%s' denies access to '%s' (403)%s%s",
			       host, image, said ? ": " : "", said ? said : "");
	case 404:
		return vc_fail(err, 0, "'%s' does not have it (404): check the "
				       "name '%s'%s%s", host, image,
			       said ? "; it says: " : "", said ? said : "");
	case 429:
		return too_many(r, host, known, err);
	default:
		return vc_fail(err, 0, "'%s' answered with status %ld%s%s",
			       host, r->status, said ? ": " : "",
			       said ? said : "");
	}
}
