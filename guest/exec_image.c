/*
 * A command of an image: its directory, its user, its HOME.  Runs in the
 * child that is about to be the command, with "/" being the image's root.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec.h"
#include "inside.h"
#include "user.h"
#include "vc/util.h"

/*
 * /proc/self/fd/N as the directory leads nowhere: magic links are not
 * followed (CVE-2024-21626).
 */
static int enter(int root, const char *cwd, struct vc_error *err)
{
	_cleanup_close_ int fd = inside_make(root, *cwd ? cwd : "/", err);

	if (fd < 0)
		return vc_wrap(err, "cannot use the working directory");
	if (fchdir(fd) < 0)
		return vc_fail(err, errno, "cannot change to the working "
			       "directory");
	return 0;
}

/* /dev/stdout can be opened by whom it belongs to: a pipe is 0600.  The null
 * device is everybody's and stays as it is. */
static void own_stdio(uint32_t uid)
{
	struct stat st, null;

	if (stat("/dev/null", &null) < 0)
		null.st_rdev = 0;
	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) == 0 && st.st_uid != uid &&
		    !(S_ISCHR(st.st_mode) && st.st_rdev == null.st_rdev) &&
		    fchown(fd, uid, (gid_t)-1) < 0)
			return; /* it still has the descriptor */
}

static void set_home(struct strv *env, const char *home)
{
	for (size_t i = 0; i < env->n; i++)
		if (!strncmp(env->v[i], "HOME=", 5))
			return;
	strv_addf(env, "HOME=%s", home);
}

int exec_as_image(const struct msg_exec *msg, struct strv *env,
		  struct vc_error *err)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct user u;
	int r;

	if (root < 0)
		return vc_fail(err, errno, "cannot open the root");
	if (enter(root, msg->cwd, err) < 0 ||
	    user_resolve(root, msg->user, &u, err) < 0)
		return -1;
	set_home(env, u.home);
	own_stdio(u.uid);
	r = user_become(&u, err);
	user_release(&u);
	return r;
}
