/* What our program is to those who run it in a guest; see gondolin.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ext4.h"
#include "gondolin.h"
#include "vc/util.h"

/* Gondolin has made the disk larger before the start. */
static int resize(const char *device)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct ext4_super super;

	if (!device) {
		fputs("usage: resize2fs DEVICE\n", stderr);
		return EXIT_FAILURE;
	}
	if (ext4_read_super(device, &super, &err) == 0 &&
	    ext4_grow("/", device, &super, &err) == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "resize2fs: %s\n", err.msg);
	return EXIT_FAILURE;
}

int gondolin_command(char **argv)
{
	const char *slash = argv[0] ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argv[0];

	if (str_eq(name, "resize2fs"))
		return resize(argv[1]);
	if (str_eq(name, "init") && access(GONDOLIN_IMAGE_INIT, X_OK) == 0)
		execv(GONDOLIN_IMAGE_INIT, argv);
	return EXIT_FAILURE;
}
