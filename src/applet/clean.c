/* clean: how 'vstorage clean' was once called. */
#include "applet/applet.h"
#include "vc/log.h"

int command_clean(struct settings *s, int argc, char **argv,
		  struct vc_error *err)
{
	log_note("'clean' is the old name of 'vstorage clean'");
	if (s->stateless)
		return vc_fail_usage(err, "'--stateless' keeps nothing: "
				     "'clean' has nothing to work on");
	return vstorage_clean(s, argc, argv, err);
}
