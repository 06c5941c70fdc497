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
/*
 * Commands of the engine one after the other, in one VM: one that is for
 * these commands only (--no-daemon) lasts until the session lets go of it.
 */
struct engine_session {
	struct settings *s; /* resolved; borrowed */
	int out_fd;         /* what the engine prints on stdout; -1: nowhere */
	struct vm *vm;      /* NULL until a command needed it; to be freed */
};
/* argv[0] is the command word; as engine_command(). */
int engine_session_run(struct engine_session *e, int argc, char **argv,
		       struct vc_error *err);
/* True when words follow the image in "run [options] IMAGE [command...]". */
bool engine_run_has_command(const struct strv *run);

#endif
