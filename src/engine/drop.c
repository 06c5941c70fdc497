/* Taking an option out of a command's argv. */
#include <string.h>

#include "engine/call.h"
#include "vc/util.h"

static void drop(struct engine_call *call, const struct scan_option *o)
{
	size_t n = o->value_at - o->at + 1;
	const char *word = call->argv.v[o->at];
	_cleanup_free_ char *rest = NULL;

	/* "-qi FILE": the letters before it stay */
	if (o->letter && word[1] != o->letter)
		rest = xstrndup(word, (size_t)(strchr(word + 1, o->letter) - word));
	for (size_t i = rest ? 1 : 0; i < n; i++)
		strv_remove(&call->argv, o->at + (rest ? 1 : 0));
	if (rest)
		strv_set(&call->argv, o->at, steal_ptr(rest));
}

void engine_drop_option(struct engine_call *call, const char *name)
{
	/* from the end, so that what is left to do keeps its place */
	for (size_t i = call->scan.n_options; i-- > 0;) {
		const struct scan_option *o = &call->scan.options[i];

		if (o->value && scan_is(o, name))
			drop(call, o);
	}
	scan_release(&call->scan);
	scan_argv(call->command->options, &call->argv, call->first, &call->scan);
}
