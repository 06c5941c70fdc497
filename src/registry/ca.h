/* Which certificate authorities are believed. */
#ifndef REGISTRY_CA_H
#define REGISTRY_CA_H

#include "vc/buf.h"
#include "vc/error.h"

struct ca {
	char *file;      /* owned: a bundle, or NULL: libcurl's own */
	char *dir;       /* owned: hashed certificates, or NULL: libcurl's own */
	struct buf pem;  /* instead of `file` when not empty */
};

/* From $SSL_CERT_FILE and $SSL_CERT_DIR, and `extra` (or NULL) beside the
 * system's. */
int ca_load(const char *extra, struct ca *ret, struct vc_error *err);
void ca_release(struct ca *c);

#endif
