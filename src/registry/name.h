/*
 * Where an image is, from the name a user gives: docker's rules for the parts
 * that are left away (github.com/distribution/reference, normalize.go).
 */
#ifndef REGISTRY_NAME_H
#define REGISTRY_NAME_H

#include "vc/error.h"

struct remote_name {
	char *host;   /* owned: "docker.io", "localhost:5000" */
	char *path;   /* owned: "library/busybox" */
	char *tag;    /* owned; NULL: only a digest was given */
	char *digest; /* owned; NULL: none was given */
};

int remote_name_parse(const char *text, struct remote_name *ret,
		      struct vc_error *err);
void remote_name_release(struct remote_name *n);
#define _cleanup_remote_name_ __attribute__((cleanup(remote_name_release)))

/* "docker.io/library/busybox:latest", with "@sha256:..." where that is all
 * there is; owned by the caller. */
char *remote_name_text(const struct remote_name *n);
/* What manifests are asked for by: the digest, else the tag.  Borrowed. */
const char *remote_name_version(const struct remote_name *n);

/* Docker Hub goes by several names: "docker.io" for any of them, else host. */
const char *registry_canonical_host(const char *host);
/* The host that speaks the API for it. */
const char *registry_api_host(const char *host);
/* "host[:port]" with a port from 1 to 65535 if any. */
int registry_host_check(const char *host, struct vc_error *err);

#endif
