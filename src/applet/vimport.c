/* vimport: an image, in whatever form, into the engine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/command.h"
#include "vc/engine.h"
#include "vc/image.h"
#include "vc/log.h"
#include "vc/util.h"

/* "PATH:tag" and "PATH@sha256:..." only where PATH as a whole is nothing that
 * exists. */
static void split_tag(const char *arg, char **ret_path, char **ret_tag)
{
	const char *at = strrchr(arg, '@');
	bool digest = at && str_starts(at, "@sha") && strchr(at, ':');
	const char *mark = digest ? at : strrchr(arg, ':');
	struct stat st;

	*ret_tag = NULL;
	*ret_path = xstrdup(arg);
	if (!mark || mark == arg || strchr(mark, '/') || stat(arg, &st) == 0)
		return;
	(*ret_path)[mark - arg] = '\0';
	if (stat(*ret_path, &st) < 0) { /* then the whole is what is missing */
		(*ret_path)[mark - arg] = *mark;
		return;
	}
	*ret_tag = xstrdup(mark + 1);
}

int command_vimport(struct settings *s, int argc, char **argv,
		    struct vc_error *err)
{
	_cleanup_free_ char *path = NULL, *tag = NULL, *note = NULL;
	_cleanup_image_set_ struct image_set *set = NULL;
	struct image_choice choice = { .arch = s->arch,
				       .fallback_name = "imported:latest" };

	if (argc < 2 || argc > 3)
		return vc_fail_usage(err, "vimport takes PATH and, if you like, NAME[:TAG]: "
				     "see '%s vimport --help'", s->tool->name);
	if (argv[1][0] == '-' && argv[1][1])
		return vc_fail_usage(err, "unknown option '%s': see '%s vimport --help'",
				     argv[1], s->tool->name);
	if (!strcmp(argv[1], "-") && isatty(STDIN_FILENO))
		return vc_fail_usage(err, "standard input is a terminal: name a file, or use "
				     "'vimport - < FILE'");
	split_tag(argv[1], &path, &tag);
	choice.tag = tag;
	choice.name = argv[2];
	if (settings_make_state_dir(s, err) < 0 ||
	    image_set_open(path, STDIN_FILENO, s->state_dir, &set, err) < 0 ||
	    image_set_choose(set, &choice, &note, err) < 0)
		return -1;
	if (note)
		log_note("taking %s", note);
	return engine_take_images(s, set, err);
}
