/* The environment of every process, below what its request says. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "exec.h"
#include "gondolin.h"
#include "mounts.h"
#include "vc/buf.h"
#include "vc/io.h"
#include "vc/util.h"

#define ENV_MAX (1024u * 1024u)
#define CERTIFICATES_MAX (16u * 1024u * 1024u)
#define HOST_CA "/etc/gondolin/mitm/ca.crt"
#define TRUST_MS 10000
#define BUNDLE "/run/gondolin/ca-certificates.crt"

static void add_image_env(struct strv *ret)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (access(GONDOLIN_ENV, F_OK) < 0)
		return;
	if (read_file_at(AT_FDCWD, GONDOLIN_ENV, ENV_MAX, &b, &err) < 0) {
		console_log("%s", err.msg);
		return;
	}
	for (const char *s = buf_ptr(&b); b.len;) {
		size_t n = strnlen(s, b.len);

		strv_add_take(ret, xstrndup(s, n));
		buf_consume(&b, n < b.len ? n + 1 : n);
		s = buf_ptr(&b);
	}
}

/* Images without a tool get ours, all others keep their own. */
static void extend_path(struct strv *env)
{
	for (size_t i = 0; i < env->n; i++)
		if (str_starts(env->v[i], "PATH="))
			strv_set(env, i, xasprintf("%s:" GONDOLIN_BIN, env->v[i]));
}

/* The image's own certificates; NULL: it has none. */
static const char *find_bundle(void)
{
	static const char *const paths[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/ssl/cert.pem",
		"/etc/pki/tls/certs/ca-bundle.crt",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (access(paths[i], R_OK) == 0)
			return paths[i];
	return NULL;
}

static int append(struct buf *b, const char *path)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (read_file_at(AT_FDCWD, path, CERTIFICATES_MAX, b, &err) < 0) {
		console_log("%s", err.msg);
		return -1;
	}
	buf_add_char(b, '\n');
	return 0;
}

/* The host looks into TLS connections, with an authority of its own: it has
 * to be trusted by whatever asks where the certificates are, and by what does
 * not ask. */
static int trust_host(void *arg)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *own = find_bundle();

	(void)arg;
	if (access(HOST_CA, R_OK) < 0)
		return EXIT_FAILURE;
	if (own)
		append(&b, own);
	if (append(&b, HOST_CA) < 0)
		return EXIT_FAILURE;
	if ((mkdir("/run/gondolin", 0755) < 0 && errno != EEXIST) ||
	    write_new(BUNDLE, buf_ptr(&b)) < 0) {
		console_log("cannot write '" BUNDLE "': %s", strerror(errno));
		return EXIT_FAILURE;
	}
	if (own && mount(BUNDLE, own, NULL, MS_BIND, NULL) < 0)
		console_log("cannot bind '%s': %s", own, strerror(errno));
	return EXIT_SUCCESS;
}

/* A process does it, since the certificate is a file of the host's. */
static void add_certificates(struct loop *l, struct strv *ret)
{
	static char *const names[] = { "SSL_CERT_FILE=" BUNDLE,
				       "CURL_CA_BUNDLE=" BUNDLE,
				       "REQUESTS_CA_BUNDLE=" BUNDLE,
				       "NODE_EXTRA_CA_CERTS=" HOST_CA, NULL };
	_cleanup_error_ struct vc_error err = { 0 };
	int status;

	if (child_call(l, trust_host, NULL, now_ms() + TRUST_MS, &status,
		       &err) < 0)
		console_log("the host's certificate: %s", err.msg);
	else if (!status)
		strv_add_all(ret, names);
}

void gondolin_environment(struct loop *l, struct strv *ret)
{
	_cleanup_strv_ struct strv image = STRV_INIT;

	add_image_env(&image);
	exec_environment(&image, false, ret);
	extend_path(ret);
	add_certificates(l, ret);
}
