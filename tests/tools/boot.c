/*
 * What a conversion leaves besides the disk, and running it, for tests that
 * make their disks themselves:
 *
 *   boot assets ARCH GUEST_DIR OUT FS [-u USER] [-w DIR] [-s SIGNAL]
 *               [-e NAME=VALUE]... [-- COMMAND...]
 *   boot run DIR [-- COMMAND...]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/convert.h"
#include "vc/log.h"
#include "vc/util.h"

static int assets(char **argv, struct vc_error *err)
{
	struct convert c = { .command = "oci2vm", .arch = argv[0],
			     .our_guest = argv[1], .out_dir = argv[2],
			     .assets = true, .vm = VM_QEMU };
	_cleanup_close_ int dirfd = open(c.out_dir, O_RDONLY | O_DIRECTORY |
							    O_CLOEXEC);
	struct convert_result r = { 0 };
	int status;

	c.fs = !strcmp(argv[3], "squashfs") ? FS_SQUASHFS :
	       !strcmp(argv[3], "erofs")    ? FS_EROFS :
					      FS_EXT4;
	for (argv += 4; *argv && strcmp(*argv, "--"); argv += 2) {
		if (!strcmp(argv[0], "-u"))
			r.runtime.user = argv[1];
		else if (!strcmp(argv[0], "-w"))
			r.runtime.workdir = argv[1];
		else if (!strcmp(argv[0], "-s"))
			r.runtime.stop_signal = argv[1];
		else
			strv_add(&r.runtime.env, argv[1]);
	}
	if (*argv)
		strv_add_all(&r.runtime.cmd, argv + 1);
	status = assets_qemu(&c, &r, dirfd, err);
	strv_release(&r.runtime.env);
	strv_release(&r.runtime.cmd);
	return status;
}

static int run(char **argv, struct vc_error *err)
{
	_cleanup_strv_ struct strv command = STRV_INIT;
	struct convert_boot b = { .dir = argv[0], .argv = &command,
				  .network = true };
	int status;

	if (argv[1])
		strv_add_all(&command, argv + 2);
	return convert_boot(&b, &status, err) < 0 ? -1 : status;
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct vc_error err = { 0 };
	int r = -1;

	log_init("boot", LOG_NORMAL);
	if (argc > 5 && !strcmp(argv[1], "assets"))
		r = assets(argv + 2, &err);
	else if (argc > 2 && !strcmp(argv[1], "run"))
		r = run(argv + 2, &err);
	else
		vc_fail_usage(&err, "see the head of tests/tools/boot.c");
	return r < 0 ? log_error(&err) : r;
}
