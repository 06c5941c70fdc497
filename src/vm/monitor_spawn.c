/*
 * Becoming a daemon: nothing of the caller's stays open (a pipe the caller's
 * reader waits on, for one), the lock is held, and the caller hears when the
 * socket listens.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"
#include "vm/monitor.h"
#include "vm/monitor_run.h"
#include "vm/state.h"
#include "vm/suspended.h"

#define LOCK_MS 60000
/* what the caller waits for at most: the lock, and a moment */
#define LISTEN_MS (LOCK_MS + 10000)

/* fd 3: the caller's pipe; it is the only one that is kept. */
enum { NOTIFY_FD = 3 };

static void detach(int notify)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = open(STATE_LOG, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);

	dup2(null, 0);
	dup2(null, 1);
	dup2(log >= 0 ? log : null, 2);
	if (notify != NOTIFY_FD)
		dup2(notify, NOTIFY_FD);
	set_cloexec(NOTIFY_FD, true);
	syscall(SYS_close_range, NOTIFY_FD + 1, ~0U, 0);
	prctl(PR_SET_NAME, "vc-monitor");
	umask(077);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

static int listen_and_say(struct monitor *m, struct vc_error *err)
{
	_cleanup_free_ char *pid = xasprintf("%d\n", (int)getpid());

	m->lock_fd = state_lock(".", STATE_LOCK, LOCK_MS, err);
	if (m->lock_fd < 0)
		return -1;
	/* by its full name: it is what connects */
	m->listen_fd = state_listen(m->spec->state_dir, err);
	if (m->listen_fd < 0)
		return -1;
	return write_file_at(AT_FDCWD, STATE_PID, 0644, pid, strlen(pid), err);
}

static void clean_up(struct monitor *m)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (m->listen_fd >= 0)
		unlink(STATE_SOCKET);
	unlink(STATE_PID);
	if (!m->saved)
		suspended_drop();
	if (m->spec->stateless &&
	    remove_tree_at(AT_FDCWD, m->spec->state_dir, &err) < 0)
		log_error(&err);
	/* before the clients' connections: whoever sees one of them end finds
	 * the state directory free */
	close(m->lock_fd);
}

static void __attribute__((noreturn))
run_monitor(const struct vm_spec *spec, int notify)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct monitor m = {
		.spec = spec,
		.oneshot = spec->oneshot,
		.lock_fd = -1,
		.listen_fd = -1,
		.qemu = { .pidfd = -1 },
		.devices_fd = -1,
		.qmp = { .fd = -1, .eof = true },
		.guest = CONN_INIT,
		.console = { .fd = -1, .log_fd = -1, .eof = true },
		.words = { .fd = -1, .log_fd = -1, .eof = true },
		.started_ms = now_ms(),
	};

	setsid();
	if (chdir(spec->state_dir) < 0) {
		vc_fail(&err, errno, "cannot enter '%s'", spec->state_dir);
		dprintf(notify, "%s", err.msg);
		_exit(VC_EXIT_FAILURE);
	}
	m.guest.eof = true;
	detach(notify);
	strv_add_all(&m.insecure_registries, spec->insecure_registries.v);
	if (listen_and_say(&m, &err) < 0) {
		dprintf(NOTIFY_FD, "%s", err.msg);
		_exit(VC_EXIT_FAILURE);
	}
	close(NOTIFY_FD); /* silence says that all is well */
	monitor_launch(&m);
	monitor_loop(&m);
	clean_up(&m);
	_exit(0);
}

/* Reads the child's complaint until it closes the pipe; "" when all is well. */
static int hear(int fd, struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct pollfd p = { fd, POLLIN, 0 };
	int64_t deadline = now_ms() + LISTEN_MS;
	char chunk[512];
	ssize_t n = 1;

	while (n > 0 && now_ms() < deadline) {
		if (poll(&p, 1, (int)(deadline - now_ms())) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(&b, chunk, (size_t)n);
	}
	if (n > 0)
		return vc_fail(err, 0, "the VM's monitor did not start within %d s",
			       LISTEN_MS / 1000);
	return b.len ? vc_fail(err, 0, "%s", buf_ptr(&b)) : 0;
}

int monitor_spawn(const struct vm_spec *spec, struct vc_error *err)
{
	int fds[2];
	_cleanup_close_ int from_child = -1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return vc_fail(err, errno, "cannot create a pipe");
	from_child = fds[0];
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		/* twice, so that init reaps the monitor and not our caller */
		pid = fork();
		if (pid)
			_exit(pid < 0);
		close(from_child);
		run_monitor(spec, fds[1]);
	}
	close(fds[1]);
	if (pid < 0)
		return vc_fail(err, errno, "cannot start the VM's monitor");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return hear(from_child, err);
}
