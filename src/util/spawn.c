/* Running helper programs. */
#include "vc/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vc/buf.h"
#include "vc/io.h"
#include "vc/util.h"

extern char **environ;

static char *find_in(const char *dirs, const char *name)
{
	while (*dirs) {
		size_t n = strcspn(dirs, ":");
		_cleanup_free_ char *dir = xstrndup(dirs, n);
		_cleanup_free_ char *path = path_join(n ? dir : ".", name);

		if (access(path, X_OK) == 0)
			return steal_ptr(path);
		dirs += n + (dirs[n] == ':');
	}
	return NULL;
}

char *find_program(const char *name, const char *package, struct vc_error *err)
{
	const char *path = getenv("PATH");
	char *found = path ? find_in(path, name) : NULL;

	if (!found)
		found = find_in("/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin",
				name);
	if (!found)
		vc_fail(err, 0, "cannot find '%s': install the package '%s'",
			name, package);
	return found;
}

static void last_line(struct buf *out)
{
	char *text, *nl;

	while (out->len && buf_ptr(out)[out->len - 1] == '\n')
		out->len--;
	buf_add(out, "", 0);
	text = buf_ptr(out);
	nl = strrchr(text, '\n');
	if (nl)
		buf_consume(out, (size_t)(nl + 1 - text));
}

int run_program(const struct strv *argv, struct vc_error *err)
{
	return run_program_from(argv, -1, err);
}

int run_program_from(const struct strv *argv, int in_fd, struct vc_error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *text = NULL;
	posix_spawn_file_actions_t fa;
	char chunk[4096];
	int fds[2], r, status;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return vc_fail(err, errno, "cannot create a pipe");
	posix_spawn_file_actions_init(&fa);
	if (in_fd >= 0)
		posix_spawn_file_actions_adddup2(&fa, in_fd, 0);
	else
		posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY,
						 0);
	posix_spawn_file_actions_adddup2(&fa, fds[1], 1);
	posix_spawn_file_actions_adddup2(&fa, fds[1], 2);
	r = posix_spawn(&pid, argv->v[0], &fa, NULL, argv->v, environ);
	posix_spawn_file_actions_destroy(&fa);
	close(fds[1]);
	if (r) {
		close(fds[0]);
		return vc_fail(err, r, "cannot run '%s'", argv->v[0]);
	}
	while ((n = read_full(fds[0], chunk, sizeof(chunk), err)) > 0)
		if (out.len < 65536)
			buf_add(&out, chunk, (size_t)n);
	close(fds[0]);
	vc_error_release(err);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	buf_add(&out, "", 0);
	last_line(&out);
	text = printable(buf_ptr(&out), out.len);
	if (WIFSIGNALED(status))
		return vc_fail(err, 0, "'%s' was ended by signal %d",
			       argv->v[0], WTERMSIG(status));
	return vc_fail(err, 0, "'%s' failed with status %d: %s", argv->v[0],
		       WEXITSTATUS(status), text);
}
