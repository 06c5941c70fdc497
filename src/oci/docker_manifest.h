/*
 * manifest.json of a docker-archive: moby image/spec/v1.2.md, "Combined Image
 * JSON + Filesystem Changeset Format".
 */
#ifndef OCI_DOCKER_MANIFEST_H
#define OCI_DOCKER_MANIFEST_H

#include "json.h"
#include "vc/strv.h"

struct docker_entry {
	char *config;       /* member name */
	struct strv tags;   /* RepoTags: whatever was written there */
	struct strv layers; /* member names, lowest first */
};

struct docker_entries {
	struct docker_entry *v;
	size_t n;
};

int docker_manifest_parse(struct json_object *o, struct docker_entries *ret,
			  struct vc_error *err);
void docker_entries_release(struct docker_entries *e);
#define _cleanup_docker_entries_ \
	__attribute__((cleanup(docker_entries_release)))

#endif
