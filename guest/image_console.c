/*
 * The image's command on the console, without a host: a session with the
 * console's terminal, as after a login.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "console.h"
#include "exec.h"
#include "image.h"
#include "vc/io.h"
#include "vc/util.h"

#define CONSOLES "/sys/class/tty/console/active"

/*
 * /dev/console is nobody's controlling terminal; the one behind it is the last
 * of the kernel's list, and tty0 stands for the first of the screen.
 */
static char *terminal_name(void)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *last, *text;

	if (read_file_at(AT_FDCWD, CONSOLES, 4096, &b, &err) < 0 || !b.len)
		return xstrdup("console");
	text = buf_ptr(&b);
	text[strcspn(text, "\n")] = '\0';
	last = strrchr(text, ' ');
	last = last ? last + 1 : text;
	return xstrdup(str_eq(last, "tty0") ? "tty1" : last);
}

/* ret->terminal stays -1 where there is none. */
static int open_terminal(const char *name, struct exec_fds *ret)
{
	_cleanup_free_ char *path = xasprintf("/dev/%s", name);
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	ret->terminal = fd >= 0 && isatty(fd) ? fd : -1;
	if (fd < 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int i = 0; i < 3; i++)
		ret->stdio[i] = fd;
	return fd;
}

static void set_term(const char *terminal, struct strv *env)
{
	for (size_t i = 0; i < env->n; i++)
		if (str_starts(env->v[i], "TERM="))
			return;
	strv_addf(env, "TERM=%s",
		  str_starts(terminal, "tty1") ? "linux" : "vt220");
}

struct running {
	struct child child;
	bool done;
	int status;
};

static void on_ended(struct child *c, int status)
{
	struct running *r = container_of(c, struct running, child);

	r->status = status;
	r->done = true;
}

/* As docker: 127 what is not there, 126 what cannot be run. */
static int refused(const struct exec_verdict *v, const char *argv0)
{
	_cleanup_free_ char *words = exec_verdict_words(v, argv0);

	console_log("cannot run '%.200s': %s", argv0, words);
	return v->step != EXEC_STEP_RUN ? 125 : v->errnum == ENOENT ? 127 : 126;
}

static int run(struct loop *l, const struct msg_exec *m, struct strv *env,
	       const struct exec_fds *fds)
{
	struct running r = { .child.ended = on_ended };
	struct exec_verdict v;
	int report[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return 125;
	pid = fork();
	if (pid == 0)
		exec_child(m, env, fds, true, report[1]);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		return 125;
	}
	child_watch(l, &r.child, pid);
	do
		n = read(report[0], &v, sizeof(v));
	while (n < 0 && errno == EINTR);
	close(report[0]);
	loop_wait(l, &r.done, NO_DEADLINE);
	if (n == (ssize_t)sizeof(v))
		return refused(&v, m->argv.v[0]);
	return WIFSIGNALED(r.status) ? 128 + WTERMSIG(r.status) :
				       WEXITSTATUS(r.status);
}

int image_console(struct loop *l, const struct msg_image *image)
{
	struct msg_exec m = { .argv = image->argv, .env = image->env,
			      .cwd = image->workdir, .user = image->user };
	_cleanup_free_ char *terminal = terminal_name();
	_cleanup_strv_ struct strv env = STRV_INIT;
	_cleanup_close_ int fd = -1;
	struct exec_fds fds;

	if (!m.argv.n) {
		console_log("the image names no command");
		return 125;
	}
	fd = open_terminal(terminal, &fds);
	exec_environment(&m.env, true, &env);
	set_term(terminal, &env);
	return run(l, &m, &env, &fds);
}
