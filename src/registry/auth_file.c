/* Finding an entry in an auth file. */
#include "auth_file.h"

#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "oci/json.h"
#include "vc/util.h"

size_t auth_key_match(const char *key, const char *host, const char *path)
{
	_cleanup_free_ char *first = NULL;
	const char *s = strstr(key, "://");
	const char *rest;
	size_t n;

	/* with a scheme it is a server, whatever path the URL has */
	rest = s ? "" : strchr(key, '/');
	s = s ? s + 3 : key;
	n = strcspn(s, "/");
	first = xstrndup(s, n);
	if (strcmp(registry_canonical_host(first), registry_canonical_host(host)))
		return 0;
	if (!rest || !rest[0] || !rest[1])
		return 1;
	n = strlen(++rest);
	if (strncmp(rest, path, n) || (path[n] && path[n] != '/'))
		return 0;
	return n + 1;
}

/* The member of o whose key fits best, or NULL. */
static struct json_object *best_member(struct json_object *o, const char *host,
				       const char *path)
{
	struct json_object *best = NULL;
	size_t score = 0;

	if (!o)
		return NULL;
	json_object_object_foreach(o, key, value) {
		size_t n = auth_key_match(key, host, path);

		if (n > score) {
			score = n;
			best = value;
		}
	}
	return best;
}

static int take_auth(const char *coded, struct credentials *c,
		     struct vc_error *err)
{
	_cleanup_free_ char *plain = base64_decode(coded);
	char *colon = plain ? strchr(plain, ':') : NULL;

	if (!colon || colon == plain)
		return vc_fail(err, 0, "'auth' is not the base64 of "
				       "'USER:PASSWORD'");
	*colon = '\0';
	c->user = xstrdup(plain);
	c->password = xstrdup(colon + 1);
	explicit_bzero(colon + 1, strlen(colon + 1));
	return 0;
}

static int take_entry(struct json_object *e, struct credentials *c,
		      struct vc_error *err)
{
	const char *auth, *token, *user, *password;

	if (!json_object_is_type(e, json_type_object))
		return vc_fail(err, 0, "an entry is not an object");
	if (jdoc_text(e, "auth", &auth, err) < 0 ||
	    jdoc_text(e, "identitytoken", &token, err) < 0 ||
	    jdoc_text(e, "username", &user, err) < 0 ||
	    jdoc_text(e, "password", &password, err) < 0)
		return -1;
	if (auth && *auth) {
		if (take_auth(auth, c, err) < 0)
			return -1;
	} else if (user && *user) {
		c->user = xstrdup(user);
		c->password = xstrdup(password ? password : "");
	}
	if (token && *token)
		c->identity_token = xstrdup(token);
	return 0;
}

static int take_helper(struct json_object *file, const char *host,
		       const char *path, char **ret, struct vc_error *err)
{
	struct json_object *helpers, *best;
	const char *store;

	if (jdoc_object(file, "credHelpers", &helpers, err) < 0 ||
	    jdoc_text(file, "credsStore", &store, err) < 0)
		return -1;
	best = best_member(helpers, host, path);
	if (best && !json_object_is_type(best, json_type_string))
		return vc_fail(err, 0, "an entry of 'credHelpers' is not a "
				       "string");
	if (best)
		store = json_object_get_string(best);
	*ret = store && *store ? xstrdup(store) : NULL;
	return 0;
}

static int find(struct json_object *file, const char *host, const char *path,
		struct auth_found *f, struct vc_error *err)
{
	struct json_object *auths, *entry;

	if (take_helper(file, host, path, &f->helper, err) < 0 ||
	    jdoc_object(file, "auths", &auths, err) < 0)
		return -1;
	entry = best_member(auths, host, path);
	return entry ? take_entry(entry, &f->c, err) : 0;
}

int auth_file_find(const char *json, size_t len, const char *host,
		   const char *path, struct auth_found *ret,
		   struct vc_error *err)
{
	_cleanup_json_ struct json_object *file = jdoc_parse(json, len, err);
	_cleanup_auth_found_ struct auth_found f = { 0 };

	if (!file)
		return -1;
	if (!json_object_is_type(file, json_type_object))
		return vc_fail(err, 0, "not a JSON object");
	if (find(file, host, path, &f, err) < 0)
		return -1;
	*ret = f;
	f = (struct auth_found){ 0 };
	return 0;
}

void auth_found_release(struct auth_found *f)
{
	free(f->helper);
	credentials_release(&f->c);
	f->helper = NULL;
}
