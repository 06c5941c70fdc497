/*
 * Certificate authorities.  OpenSSL's two variables are honoured, which the
 * library (unlike the curl program) does not do by itself.  An extra file is
 * put behind the system's bundle, since libcurl would take it instead.
 */
#include "ca.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

#define MAX_BUNDLE (16u << 20)

static char *from_environment(const char *name)
{
	const char *s = getenv(name);

	return s && *s ? xstrdup(s) : NULL;
}

/* The system may have none, for a host that knows its own registry only. */
static int add_system(struct ca *c, struct vc_error *err)
{
	const char *file = c->file ? c->file :
				     curl_version_info(CURLVERSION_NOW)->cainfo;

	if (!file || access(file, F_OK) < 0)
		return 0;
	return read_file_at(AT_FDCWD, file, MAX_BUNDLE, &c->pem, err);
}

static int add_extra(struct ca *c, const char *extra, struct vc_error *err)
{
	_cleanup_buf_ struct buf pem = BUF_INIT;

	if (read_file_at(AT_FDCWD, extra, MAX_BUNDLE, &pem, err) < 0)
		return -1;
	buf_add(&pem, "", 1);
	if (!strstr(buf_ptr(&pem), "-----BEGIN "))
		return vc_fail(err, 0, "'%s' holds no certificate in PEM form",
			       extra);
	buf_add_char(&c->pem, '\n');
	buf_add(&c->pem, buf_ptr(&pem), pem.len - 1);
	return 0;
}

int ca_load(const char *extra, struct ca *ret, struct vc_error *err)
{
	struct ca c = {
		.file = from_environment("SSL_CERT_FILE"),
		.dir = from_environment("SSL_CERT_DIR"),
		.pem = BUF_INIT,
	};

	if (extra && (add_system(&c, err) < 0 || add_extra(&c, extra, err) < 0)) {
		ca_release(&c);
		return -1;
	}
	*ret = c;
	return 0;
}

void ca_release(struct ca *c)
{
	free(c->file);
	free(c->dir);
	buf_release(&c->pem);
	c->file = c->dir = NULL;
}
