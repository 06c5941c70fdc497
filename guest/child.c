/* Processes: starting, reaping, and whom to tell. */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vc/util.h"

/* A soft limit as everywhere: old programs close every descriptor up to it. */
#define FILES_SOFT 1024

static void child_event(struct loop *l, pid_t pid, int status)
{
	for (struct child **p = &l->children; *p; p = &(*p)->next) {
		struct child *c = *p;

		if (c->pid != pid)
			continue;
		if (WIFSTOPPED(status)) {
			if (c->stopped)
				c->stopped(c, WSTOPSIG(status));
			return;
		}
		*p = c->next;
		c->pid = 0;
		c->ended(c, status);
		return;
	}
	/* an orphan of somebody's: reaped, that is all */
}

static void reap(struct source *s, uint32_t events)
{
	struct loop *l = container_of(s, struct loop, sigchld);
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)events;
	while (read(s->fd, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0)
		child_event(l, pid, status);
}

int child_init(struct loop *l, struct vc_error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->sigchld.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->sigchld.fd < 0)
		return vc_fail(err, errno, "cannot create a signalfd");
	l->sigchld.ready = reap;
	loop_watch(l, &l->sigchld, EPOLLIN);
	return 0;
}

void child_watch(struct loop *l, struct child *c, pid_t pid)
{
	c->pid = pid;
	c->next = l->children;
	l->children = c;
}

void child_forget(struct loop *l, struct child *c)
{
	for (struct child **p = &l->children; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	c->pid = 0;
}

void child_defaults(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	struct rlimit files;
	sigset_t none;
	int fd;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur > FILES_SOFT) {
		files.rlim_cur = FILES_SOFT;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) < 0)
		return; /* as an ordinary process in a test: not ours to set */
	close(fd);
}

pid_t child_start(struct loop *l, struct child *c, int (*fn)(void *arg),
		  void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		child_defaults();
		_exit(fn(arg));
	}
	if (pid > 0 && c)
		child_watch(l, c, pid);
	return pid;
}

struct call {
	struct child child;
	int status;
	bool done;
};

static void call_ended(struct child *c, int status)
{
	struct call *call = container_of(c, struct call, child);

	call->status = status;
	call->done = true;
}

int child_call(struct loop *l, int (*fn)(void *arg), void *arg, int64_t due,
	       int *ret_status, struct vc_error *err)
{
	struct call call = { .child.ended = call_ended };

	if (child_start(l, &call.child, fn, arg) < 0)
		return vc_fail(err, errno, "cannot create a process");
	if (loop_wait(l, &call.done, due) < 0) {
		int why = errno;

		kill(call.child.pid, SIGKILL);
		child_forget(l, &call.child);
		return vc_fail(err, why, "it did not end in time");
	}
	*ret_status = call.status;
	return 0;
}

static int run(void *arg)
{
	char *const *argv = arg;
	static char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				     "LANG=C.UTF-8", NULL };

	execve(argv[0], argv, env);
	return 127;
}

int child_run(struct loop *l, char *const argv[], int64_t due, int *ret_status,
	      struct vc_error *err)
{
	union { char *const *in; void *out; } a = { argv };

	if (child_call(l, run, a.out, due, ret_status, err) < 0)
		return vc_wrap(err, "cannot run '%s'", argv[0]);
	return 0;
}
