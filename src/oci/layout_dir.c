/* An OCI layout in a directory of the host. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layout.h"
#include "vc/util.h"

/* Paths are fixed names or made of a struct digest, and are opened beneath
 * the directory without following links. */
static int open_file(int dirfd, const char *path, struct blob *ret,
		     struct vc_error *err)
{
	_cleanup_close_ int fd = open_beneath(dirfd, path,
					      O_RDONLY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return vc_fail(err, 0, "'%s' is reached through a symbolic "
				       "link", path);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		vc_fail(err, 0, "'%s' is missing", path);
		err->errnum = ENOENT;
		return -1;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return vc_fail(err, 0, "'%s' is not a regular file", path);
	ret->at = (struct extent){ fd, 0, (uint64_t)st.st_size };
	ret->own_fd = steal_fd(&fd);
	return 0;
}

static int find_blob(const struct layout *l, const struct digest *d,
		     struct blob *ret, struct vc_error *err)
{
	_cleanup_free_ char *path = digest_path(d);

	return open_file(l->dirfd, path, ret, err);
}

static int find_document(const struct layout *l, const char *name,
			 struct blob *ret, struct vc_error *err)
{
	return open_file(l->dirfd, name, ret, err);
}

void layout_of_dir(struct layout *l, int dirfd)
{
	*l = (struct layout){
		.find_blob = find_blob,
		.find_document = find_document,
		.dirfd = dirfd,
	};
}
