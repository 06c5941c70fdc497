/* The machine of a root file system in a directory. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir_walk.h"
#include "vc/layer.h"
#include "vc/util.h"

/* A tree without a single program in its first files has none, or is not ours
 * to search for minutes. */
#define MAX_ENTRIES 20000

static const char *arch_of(int dirfd, const char *path)
{
	_cleanup_close_ int fd = open_beneath(dirfd, path,
					      O_RDONLY | O_NONBLOCK);
	unsigned char head[ELF_HEAD];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return NULL;
	return elf_arch(head, sizeof(head));
}

const char *elf_arch_of_dir(int dirfd)
{
	static const char *const usual[] = {
		"bin/busybox",	"usr/bin/busybox",   "bin/sh",
		"usr/bin/sh",	"usr/bin/dash",	     "usr/bin/bash",
		"bin/dash",	"bin/bash",	     "usr/bin/env",
		"sbin/init",	"usr/bin/coreutils",
	};
	struct vc_error err = { 0 };
	struct dir_walk *walk;
	struct dir_entry e;
	const char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		found = arch_of(dirfd, usual[i]);
		if (found)
			return found;
	}
	walk = dir_walk_new(dirfd);
	for (int i = 0; i < MAX_ENTRIES && dir_walk_next(walk, &e, &err) > 0;
	     i++) {
		const char *arch;
		int rank;

		if (!S_ISREG(e.st.st_mode))
			continue;
		rank = elf_rank(e.path, e.st.st_mode);
		if (!rank || (rank < 2 && found))
			continue;
		arch = arch_of(dirfd, e.path);
		if (arch)
			found = arch;
		if (arch && rank == 2)
			break;
	}
	/* what cannot be listed is reported when the tree is packed */
	vc_error_release(&err);
	dir_walk_free(walk);
	return found;
}
