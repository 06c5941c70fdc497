/* Completing image names. */
#include "name.h"

#include <stdlib.h>
#include <string.h>

#include "oci/reference.h"
#include "vc/util.h"

#define HUB "docker.io"
#define MAX_NAME 255 /* of the completed name, as in docker */

const char *registry_canonical_host(const char *host)
{
	if (!strcmp(host, "index.docker.io") ||
	    !strcmp(host, "registry-1.docker.io"))
		return HUB;
	return host;
}

const char *registry_api_host(const char *host)
{
	return strcmp(host, HUB) ? host : "registry-1.docker.io";
}

/* The grammar of hosts is that of names: "a/x" would have none in it. */
static bool is_host_and_port(const char *host)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	_cleanup_reference_ struct reference r = { 0 };
	_cleanup_free_ char *probe = xasprintf("%s/x", host);
	const char *port = strrchr(host, ':');
	uint64_t n;

	if (strchr(host, '/') || reference_parse(probe, &r, &ignored) < 0 ||
	    r.tag || r.digest)
		return false;
	return !port || strchr(port, ']') ||
	       parse_u64(port + 1, 1, 65535, &n) == 0;
}

int registry_host_check(const char *host, struct vc_error *err)
{
	_cleanup_free_ char *shown = NULL;

	if (is_host_and_port(host))
		return 0;
	shown = printable(host, strnlen(host, 300));
	return vc_fail(err, 0, "'%s' is not a registry: it takes 'HOST' or "
			       "'HOST:PORT'", shown);
}

/* Docker's rule: the first part is a host if it could not be a path's, or is
 * "localhost". */
static bool is_host(const char *s, size_t n)
{
	_cleanup_free_ char *first = xstrndup(s, n);

	return strpbrk(first, ".:[ABCDEFGHIJKLMNOPQRSTUVWXYZ") ||
	       str_eq(first, "localhost");
}

static void split_host(const char *name, struct remote_name *n)
{
	const char *slash = strchr(name, '/');

	if (slash && is_host(name, (size_t)(slash - name))) {
		_cleanup_free_ char *host = xstrndup(name,
						     (size_t)(slash - name));

		n->host = xstrdup(strcmp(host, "index.docker.io") ? host : HUB);
		name = slash + 1;
	} else {
		n->host = xstrdup(HUB);
	}
	if (!strcmp(n->host, HUB) && !strchr(name, '/'))
		n->path = xasprintf("library/%s", name);
	else
		n->path = xstrdup(name);
}

int remote_name_parse(const char *text, struct remote_name *ret,
		      struct vc_error *err)
{
	_cleanup_remote_name_ struct remote_name n = { 0 };
	_cleanup_reference_ struct reference r = { 0 };

	if (reference_parse(text, &r, err) < 0)
		return -1;
	split_host(r.name, &n);
	if (registry_host_check(n.host, err) < 0)
		return -1;
	if (strlen(n.host) + 1 + strlen(n.path) > MAX_NAME)
		return vc_fail(err, 0, "an image name of more than %d "
				       "characters", MAX_NAME);
	n.tag = steal_ptr(r.tag);
	n.digest = steal_ptr(r.digest);
	if (!n.tag && !n.digest)
		n.tag = xstrdup("latest");
	*ret = n;
	n = (struct remote_name){ 0 };
	return 0;
}

void remote_name_release(struct remote_name *n)
{
	free(n->host);
	free(n->path);
	free(n->tag);
	free(n->digest);
	*n = (struct remote_name){ 0 };
}

char *remote_name_text(const struct remote_name *n)
{
	if (n->tag)
		return xasprintf("%s/%s:%s", n->host, n->path, n->tag);
	return xasprintf("%s/%s@%s", n->host, n->path, n->digest);
}

const char *remote_name_version(const struct remote_name *n)
{
	return n->digest ? n->digest : n->tag;
}
