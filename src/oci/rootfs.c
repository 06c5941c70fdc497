/* Choosing a root file system: there is one, or none. */
#include "rootfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "find.h"
#include "names.h"
#include "platform.h"
#include "vc/util.h"

int rootfs_check_dir(int dirfd, const char *label, struct vc_error *err)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0;

	if (!dir) {
		vc_fail(err, errno, "cannot list directory '%s'", label);
		vc_cleanup_close(&fd);
		return -1;
	}
	while (n < 3 && readdir(dir))
		n++;
	closedir(dir);
	if (n < 3) /* "." and ".." */
		return vc_fail(err, 0, "'%s' is an empty directory: neither an "
				       "OCI layout nor a root file system",
			       label);
	return 0;
}

int rootfs_choose(const struct input *in, const struct image_choice *choice,
		  struct strv *ret_names, struct vc_error *err)
{
	const char *elf_arch = input_elf_arch(in);
	_cleanup_free_ char *arch = elf_arch ? xstrdup(elf_arch) : NULL;
	const struct platform p = { NULL, arch, NULL };
	_cleanup_free_ char *title = xasprintf("the root file system '%s'",
					       in->label);
	char *name;

	if (choice->tag)
		return vc_fail(err, 0, "%s has no image '%s': it is no image "
				       "layout", title, choice->tag);
	if (arch && check_platform(&p, title, choice->arch, err) < 0)
		return -1;
	name = image_name(NULL, choice, err);
	if (!name)
		return -1;
	strv_add_take(ret_names, name);
	return 0;
}
