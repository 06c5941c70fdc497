/* cp: the two directions. */
#ifndef ENGINE_COPY_H
#define ENGINE_COPY_H

#include "engine/call.h"

/* "CONTAINER:PATH", the way docker and podman tell it from a local path. */
bool copy_is_container(const char *arg);
/* Fills err as the engine would end: podman's errors have status 125. */
int copy_fail(const struct engine_call *call, struct vc_error *err,
	      const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Host to container; the words of the call are the two paths. */
int copy_in(struct engine_call *call, struct vc_error *err);
/* Container to host. */
int copy_out(struct engine_call *call, struct vc_error *err);

#endif
