/* Small things from a registry, into memory: manifests, configs, tokens. */
#ifndef REGISTRY_DOCUMENT_JOB_H
#define REGISTRY_DOCUMENT_JOB_H

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

struct document_job {
	struct job job;
	struct wanted want;
	struct fetched got;
};
/* Leaves the sources, path and what of the job to be set. */
void document_job_init(struct document_job *d, const struct wanted *want);
void document_job_release(struct document_job *d);
#define _cleanup_document_job_ __attribute__((cleanup(document_job_release)))
/* Runs it alone: d->got is what came. */
int document_job_run(struct session *s, struct document_job *d,
		     struct vc_error *err);

#endif
