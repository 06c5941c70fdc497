/* Between fork() and exec(): only what a child may do there. */
#include "exec.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "loop.h"
#include "vc/util.h"

#define BASE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return n == strcspn(b, "=") && !memcmp(a, b, n);
}

static void base_environment(bool image, struct strv *ret)
{
	char name[HOST_NAME_MAX + 1] = "";

	strv_add(ret, "PATH=" BASE_PATH);
	if (!image) {
		strv_add(ret, "HOME=/root");
		strv_add(ret, "LANG=C.UTF-8");
	} else if (gethostname(name, HOST_NAME_MAX) == 0) {
		strv_addf(ret, "HOSTNAME=%s", name);
	}
}

void exec_environment(const struct strv *over, bool image, struct strv *ret)
{
	base_environment(image, ret);
	for (size_t i = 0; i < over->n; i++) {
		size_t at = 0;

		if (!strchr(over->v[i], '='))
			continue; /* no variable: nothing it could mean */
		while (at < ret->n && !same_name(ret->v[at], over->v[i]))
			at++;
		if (at < ret->n)
			strv_set(ret, at, xstrdup(over->v[i]));
		else
			strv_add(ret, over->v[i]);
	}
}

static const char *find_path(char *const *env)
{
	for (; *env; env++)
		if (str_starts(*env, "PATH="))
			return *env + 5;
	return BASE_PATH;
}

/* As execvpe(), but a file that is no program is an error, not a script for
 * a shell.  Returns only on failure, errno says why. */
static void run(char *const *argv, char *const *env)
{
	const char *dir = find_path(env), *name = argv[0];
	bool denied = false;

	if (strchr(name, '/')) {
		execve(name, argv, env);
		return;
	}
	errno = ENOENT;
	while (*name) {
		size_t n = strcspn(dir, ":");
		char path[PATH_MAX];

		if (n && n < sizeof(path) &&
		    snprintf(path, sizeof(path), "%.*s/%s", (int)n, dir,
			     name) < (int)sizeof(path))
			execve(path, argv, env);
		if (errno == EACCES)
			denied = true;
		else if (errno != ENOENT && errno != ENOTDIR)
			return;
		if (!dir[n])
			break;
		dir += n + 1;
	}
	errno = denied ? EACCES : ENOENT;
}

void exec_give_up(int verdict, enum exec_step step, const struct vc_error *why)
{
	struct exec_verdict v = { .errnum = errno, .step = step };

	if (why) {
		v.errnum = why->errnum ? why->errnum : EINVAL;
		snprintf(v.words, sizeof(v.words), "%s", why->msg);
	}
	if (write(verdict, &v, sizeof(v)) < 0)
		_exit(126);
	_exit(127);
}

void exec_child(const struct msg_exec *msg, struct strv *env,
		const struct exec_fds *fds, bool image, int verdict)
{
	struct vc_error why = { 0 };

	child_defaults();
	/* a session of its own: signals from its terminal, and a group that
	 * can be killed as one */
	setsid();
	if (fds->terminal >= 0 && ioctl(fds->terminal, TIOCSCTTY, 0) < 0)
		exec_give_up(verdict, EXEC_STEP_STDIO, NULL);
	for (int i = 0; i < 3; i++)
		if (dup2(fds->stdio[i], i) < 0)
			exec_give_up(verdict, EXEC_STEP_STDIO, NULL);
	if (image && exec_as_image(msg, env, &why) < 0)
		exec_give_up(verdict, EXEC_STEP_AS, &why);
	if (!image && chdir(*msg->cwd ? msg->cwd : "/") < 0)
		exec_give_up(verdict, EXEC_STEP_CWD, NULL);
	run(msg->argv.v, env->v);
	exec_give_up(verdict, EXEC_STEP_RUN, NULL);
}
