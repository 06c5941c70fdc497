/*
 * file_{read,write,delete}_request: done by a process each, since a path may
 * lead to the host's file system, or to a pipe, and PID 1 waits for nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec.h"
#include "gondolin_agent.h"
#include "vc/io.h"
#include "vc/util.h"

enum { VERDICT = 3 };

/* What the request's flag says, if it has one: truncate, force, recursive. */
#define FLAG_TRUNCATE "truncate"
#define FLAG_FORCE "force"
#define FLAG_RECURSIVE "recursive"

/* Nothing of the agent's stays open: this process has no exec to close it. */
static void settle(const struct msg_exec *m, const struct exec_fds *fds,
		   int verdict)
{
	child_defaults();
	setsid();
	for (int i = 0; i < 3; i++)
		if (dup2(fds->stdio[i], i) < 0)
			exec_give_up(verdict, EXEC_STEP_STDIO, NULL);
	if (dup3(verdict, VERDICT, O_CLOEXEC) < 0 && errno != EINVAL)
		exec_give_up(verdict, EXEC_STEP_STDIO, NULL);
	syscall(SYS_close_range, VERDICT + 1, ~0u, 0);
	if (chdir(m->cwd) < 0)
		exec_give_up(VERDICT, EXEC_STEP_CWD, NULL);
}

static void copy(int from, int to)
{
	_cleanup_error_ struct vc_error err = { 0 };
	static char piece[65536];
	ssize_t n;

	while ((n = read(from, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write_all(to, piece, (size_t)n, &err) < 0)
			_exit(EXIT_FAILURE);
	}
}

static void read_body(const struct msg_exec *m, struct strv *env,
		      const struct exec_fds *fds, bool image, int verdict)
{
	struct stat st;
	int fd;

	(void)env, (void)image;
	settle(m, fds, verdict);
	fd = open(m->argv.v[0], O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		exec_give_up(VERDICT, EXEC_STEP_RUN, NULL);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		exec_give_up(VERDICT, EXEC_STEP_RUN, NULL);
	}
	close(VERDICT);
	copy(fd, STDOUT_FILENO);
}

static void write_body(const struct msg_exec *m, struct strv *env,
		       const struct exec_fds *fds, bool image, int verdict)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, fd;

	(void)env, (void)image;
	settle(m, fds, verdict);
	if (strv_contains(&m->env, FLAG_TRUNCATE))
		flags |= O_TRUNC;
	fd = open(m->argv.v[0], flags, 0666);
	if (fd < 0)
		exec_give_up(VERDICT, EXEC_STEP_RUN, NULL);
	close(VERDICT);
	copy(STDIN_FILENO, fd);
	if (close(fd) < 0) /* what a network file system has kept for the end */
		_exit(EXIT_FAILURE);
}

static void delete_tree(const char *path)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *real = realpath(path, NULL);

	if (str_eq(real, "/")) {
		errno = EBUSY;
		exec_give_up(VERDICT, EXEC_STEP_RUN, NULL);
	}
	if (remove_tree_at(AT_FDCWD, path, &err) < 0) {
		errno = err.errnum ? err.errnum : EIO;
		exec_give_up(VERDICT, EXEC_STEP_RUN, NULL);
	}
}

static void delete_body(const struct msg_exec *m, struct strv *env,
			const struct exec_fds *fds, bool image, int verdict)
{
	const char *path = m->argv.v[0];
	struct stat st;

	(void)env, (void)image;
	settle(m, fds, verdict);
	if (lstat(path, &st) < 0) {
		if (errno == ENOENT && strv_contains(&m->env, FLAG_FORCE))
			return;
		exec_give_up(VERDICT, EXEC_STEP_RUN, NULL);
	}
	if (strv_contains(&m->env, FLAG_RECURSIVE) && S_ISDIR(st.st_mode))
		delete_tree(path);
	else if (unlink(path) < 0)
		exec_give_up(VERDICT, EXEC_STEP_RUN, NULL);
}

static void get_flags(const struct cbor *p, struct strv *ret)
{
	static const char *const names[] = { FLAG_TRUNCATE, FLAG_FORCE,
					     FLAG_RECURSIVE };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		bool on = str_eq(names[i], FLAG_TRUNCATE);

		cbor_get_bool(p, names[i], &on);
		if (on)
			strv_add(ret, names[i]);
	}
}

bool gondolin_file_open(struct agent *a, const struct gondolin_msg *m,
			enum gondolin_kind kind)
{
	static exec_body *const bodies[] = { NULL, read_body, write_body,
					     delete_body };
	static const uint8_t used[] = { 0, EXEC_STDOUT, EXEC_STDIN, 0 };
	char *path = cbor_get_text(&m->p, "path");
	struct msg_exec job = { .used = used[kind] };
	struct stream *s;

	if (!path || !*path) {
		vc_cleanup_free(&path);
		return false;
	}
	strv_add_take(&job.argv, path);
	get_flags(&m->p, &job.env);
	job.cwd = cbor_get_text(&m->p, "cwd");
	if (!job.cwd)
		job.cwd = xstrdup("/");
	s = stream_new(a, m->id);
	s->kind = (uint8_t)kind;
	s->taps[1].credit = UINT32_MAX;
	exec_start(s, &job, bodies[kind]);
	msg_exec_release(&job);
	return true;
}
