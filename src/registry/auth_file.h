/* The file that "docker login" and "podman login" write: docker's
 * config.json, containers-auth.json(5). */
#ifndef REGISTRY_AUTH_FILE_H
#define REGISTRY_AUTH_FILE_H

#include <stddef.h>

#include "credentials.h"

struct auth_found {
	char *helper;         /* owned: who is asked first, or NULL */
	struct credentials c; /* what the file itself has; may be empty */
};

/* What the file says of `path` on `host`. */
int auth_file_find(const char *json, size_t len, const char *host,
		   const char *path, struct auth_found *ret,
		   struct vc_error *err);
void auth_found_release(struct auth_found *f);
#define _cleanup_auth_found_ __attribute__((cleanup(auth_found_release)))

/*
 * How well the key of an entry fits "host/path": 0 not at all, else the longer
 * the better.  A key is "host", "host/path", or, from old dockers,
 * "https://host/v1/".
 */
size_t auth_key_match(const char *key, const char *host, const char *path);

#endif
