/* Where on the host a copy goes. */
#ifndef ENGINE_COPY_TARGET_H
#define ENGINE_COPY_TARGET_H

#include "engine/call.h"

struct copy_target {
	char *path;   /* absolute; links at its end are resolved */
	char *name;   /* its last part */
	bool exists, is_dir;
	bool asserts_dir; /* written with a "/" at its end */
	char *dir;    /* that the copy is unpacked in: path itself or its parent */
	int dirfd;
};

void copy_target_init(struct copy_target *t);
void copy_target_release(struct copy_target *t);
/* All that can be found wrong without knowing what is copied is found. */
int copy_target_find(struct copy_target *t, const struct engine_call *call,
		     const char *arg, struct vc_error *err);
/* The rest: whether a directory, or something else, can go there. */
int copy_target_check(const struct copy_target *t,
		      const struct engine_call *call, bool source_is_dir,
		      struct vc_error *err);

#endif
