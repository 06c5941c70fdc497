/* Images from the host into the engine: for load, import and vimport. */
#ifndef ENGINE_IMAGES_H
#define ENGINE_IMAGES_H

#include "engine/call.h"
#include "vc/image.h"

/* The directory for spooled image data: the state directory, which is made
 * if need be. Borrowed. */
const char *images_spool(struct engine_call *call, struct vc_error *err);

/* Opens the VM and runs call->argv with the set's contents as its stdin;
 * the exit status, or -1. */
int images_send(struct engine_call *call, struct image_set *set,
		struct vc_error *err);

#endif
