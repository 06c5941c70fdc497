/* Words for a process that did not become what was asked for. */
#include <errno.h>
#include <string.h>

#include "exec.h"
#include "vc/util.h"

static char *not_run(int errnum, const char *argv0)
{
	/* as docker: a bare name was looked for, a path was taken as it is */
	if (!strchr(argv0, '/') && errnum == ENOENT)
		return xstrdup("executable file not found in $PATH");
	return xstrdup(strerror(errnum));
}

char *exec_verdict_words(const struct exec_verdict *v, const char *argv0)
{
	switch (v->step) {
	case EXEC_STEP_RUN:
		return not_run(v->errnum, argv0);
	case EXEC_STEP_AS:
		return xstrndup(v->words, strnlen(v->words, sizeof(v->words)));
	case EXEC_STEP_CWD:
		return xasprintf("cannot change to the directory: %s",
				 strerror(v->errnum));
	case EXEC_STEP_STDIO:
		break;
	}
	return xasprintf("cannot set up the process: %s", strerror(v->errnum));
}
