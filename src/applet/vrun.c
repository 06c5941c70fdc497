/* vrun: run --rm, with the entrypoint cleared when a command is given. */
#include "vc/command.h"
#include "vc/engine.h"
#include "vc/util.h"

int command_vrun(struct settings *s, int argc, char **argv, struct vc_error *err)
{
	_cleanup_strv_ struct strv run = STRV_INIT;

	if (argc < 2)
		return vc_fail_usage(err, "vrun needs an image: see '%s vrun --help'",
				     s->tool->name);
	strv_add(&run, "run");
	strv_add(&run, "--rm");
	strv_add_all(&run, argv + 1);
	if (engine_run_has_command(&run))
		strv_insert(&run, 1, "--entrypoint=");
	return engine_command(s, (int)run.n, run.v, err);
}
