/* One blob on its way from a registry into a partial file. */
#ifndef REGISTRY_BLOB_JOB_H
#define REGISTRY_BLOB_JOB_H

#include "blobs.h"
#include "job.h"
#include "partial.h"

struct blob_job {
	struct job job;
	struct wanted_blob *blob; /* borrowed; gets the fd */
	struct partial p;         /* owned */
	char *path;               /* owned: "/v2/.../blobs/sha256:..." */
	bool resumed;             /* begun by somebody else */
	uint64_t furthest;        /* that any try has come */
};

/* Takes p over. */
void blob_job_init(struct blob_job *b, struct session *s,
		   struct wanted_blob *blob, struct partial *p);
void blob_job_release(struct blob_job *b);
/* 1: everything was there already, and is in the cache now. */
int blob_job_try_without(struct blob_job *b, struct vc_error *err);

#endif
