/* Credentials in memory. */
#include "credentials.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

static void wipe(char **s)
{
	if (*s)
		explicit_bzero(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

void credentials_release(struct credentials *c)
{
	wipe(&c->user);
	wipe(&c->password);
	wipe(&c->identity_token);
}

bool credentials_empty(const struct credentials *c)
{
	return !c->user && !c->identity_token;
}

int credentials_parse(const char *text, struct credentials *ret,
		      struct vc_error *err)
{
	const char *colon = strchr(text, ':');

	if (!*text || colon == text)
		return vc_fail(err, 0, "the credentials are not of the form "
				       "'USER:PASSWORD'");
	ret->user = colon ? xstrndup(text, (size_t)(colon - text)) :
			    xstrdup(text);
	ret->password = xstrdup(colon ? colon + 1 : "");
	return 0;
}

char *credentials_basic(const struct credentials *c)
{
	_cleanup_free_ char *plain = xasprintf("%s:%s", c->user,
					       c->password ? c->password : "");
	size_t n = strlen(plain);
	_cleanup_free_ char *coded = xmalloc((n + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)plain,
			(int)n);
	explicit_bzero(plain, n);
	return xasprintf("Basic %s", coded);
}

char *base64_decode(const char *text)
{
	size_t n = strlen(text);
	_cleanup_free_ char *plain = xcalloc(1, n + 1);
	int got;

	if (n > (1u << 20) || n % 4)
		return NULL;
	got = EVP_DecodeBlock((unsigned char *)plain,
			      (const unsigned char *)text, (int)n);
	if (got < 0)
		return NULL;
	/* libcrypto counts the padding as zero bytes */
	return steal_ptr(plain);
}
