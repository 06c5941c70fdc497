/*
 * Auth files: what is found in them for a registry must be fit to be sent.
 * And image names, whose parts become a URL's.
 */
#include <stdlib.h>
#include <string.h>

#include "registry/auth_file.h"
#include "registry/name.h"
#include "vc/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_for(const char *json, size_t len, const char *host,
		     const char *path)
{
	_cleanup_auth_found_ struct auth_found f = { 0 };
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *basic = NULL;

	if (auth_file_find(json, len, host, path, &f, &err) < 0) {
		if (!err.msg)
			abort();
		return;
	}
	if (!f.c.user)
		return;
	if (!*f.c.user || !f.c.password)
		abort();
	basic = credentials_basic(&f.c);
	if (strpbrk(basic, "\r\n"))
		abort();
}

/* What was completed stays as it is. */
static void read_as_name(const char *text)
{
	_cleanup_remote_name_ struct remote_name n = { 0 };
	_cleanup_remote_name_ struct remote_name again = { 0 };
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *whole = NULL;

	if (remote_name_parse(text, &n, &err) < 0)
		return;
	whole = remote_name_text(&n);
	if (remote_name_parse(whole, &again, &err) < 0 ||
	    strcmp(n.host, again.host) || strcmp(n.path, again.path) ||
	    !str_eq(n.tag, again.tag))
		abort();
	if (strpbrk(n.path, "?#%@: ") || strstr(n.path, "..") ||
	    strpbrk(n.host, "/?#%@ "))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);

	if (size > 65536)
		return -1;
	look_for((const char *)data, size, "docker.io", "library/busybox");
	look_for((const char *)data, size, "host.example:5000", "a/b/c");
	read_as_name(text);
	return 0;
}
