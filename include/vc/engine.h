/* What our own commands ask of the engine. */
#ifndef VC_ENGINE_H
#define VC_ENGINE_H

#include <stdbool.h>

#include "vc/error.h"
#include "vc/image.h"
#include "vc/settings.h"
#include "vc/strv.h"

/*
 * Gives what was chosen of the set to the engine, by its own load or, for a
 * root file system, import; the engine's words and exit status, or -1.
 */
int engine_take_images(struct settings *s, struct image_set *set,
		       struct vc_error *err);
/* True when words follow the image in "run [options] IMAGE [command...]". */
bool engine_run_has_command(const struct strv *run);

#endif
