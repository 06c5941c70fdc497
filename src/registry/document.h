/* Small things from a registry, into memory: manifests, configs, tokens. */
#ifndef REGISTRY_DOCUMENT_H
#define REGISTRY_DOCUMENT_H

#include "job.h"
#include "oci/digest.h"

struct fetched {
	struct buf bytes;
	char *content_type; /* owned; NULL: not said */
};
void fetched_release(struct fetched *f);
#define _cleanup_fetched_ __attribute__((cleanup(fetched_release)))

struct wanted {
	const struct digest *digest; /* NULL: not known */
	uint64_t size;               /* exactly; LENGTH_UNKNOWN */
	size_t max;                  /* bytes that are accepted */
};

/* Sets j's sink; j, w and f must stay until it is done. */
struct document {
	struct job job;
	struct wanted want;
	struct fetched got;
};
void document_init(struct document *d, const struct wanted *want);
void document_release(struct document *d);
#define _cleanup_document_ __attribute__((cleanup(document_release)))
/* Runs d's job alone. */
int document_fetch(struct session *s, struct document *d, struct vc_error *err);

#endif
