/*
 * dockerfile_build() by itself: ARCH FILE CONTEXT OUT_DIR [BUILDER [TARGET]],
 * then "arg=..." and "secret=..." words; prints the archive's path.
 */
#include <stdio.h>
#include <string.h>

#include "vc/convert.h"
#include "vc/log.h"
#include "vc/util.h"

static const char *given(int argc, char **argv, int at)
{
	return argc > at && *argv[at] ? argv[at] : NULL;
}

int main(int argc, char **argv)
{
	_cleanup_strv_ struct strv args = STRV_INIT, secrets = STRV_INIT;
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *path = NULL;
	struct dockerfile_build b = {
		.arch = given(argc, argv, 1),
		.file = given(argc, argv, 2),
		.context = given(argc, argv, 3),
		.out_dir = given(argc, argv, 4),
		.builder = given(argc, argv, 5),
		.target = given(argc, argv, 6),
		.build_args = &args,
		.secrets = &secrets,
	};

	log_init("dockerfile_build", LOG_NORMAL);
	for (int i = 7; i < argc; i++)
		if (str_starts(argv[i], "arg="))
			strv_add(&args, argv[i] + strlen("arg="));
		else if (str_starts(argv[i], "secret="))
			strv_add(&secrets, argv[i] + strlen("secret="));
	if (argc < 5 || dockerfile_build(&b, &path, &err) < 0)
		return argc < 5 ? 2 : log_error(&err);
	puts(path);
	return 0;
}
