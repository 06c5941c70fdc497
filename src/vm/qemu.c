/* Starting QEMU. */
#include "vm/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/spawn.h"
#include "vc/util.h"

extern char **environ;

/* In the child: only async-signal-safe calls from here to exec. */
static void __attribute__((noreturn))
exec_qemu(char **argv, pid_t parent, const int *inherit, size_t n, int words)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before the line above */
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(words, 1);
	dup2(words, 2);
	for (size_t i = 0; i < n; i++)
		set_cloexec(inherit[i], false);
	execve(argv[0], argv, environ);
	_exit(127);
}

char *qemu_program(const struct vm_spec *spec, struct vc_error *err)
{
	_cleanup_free_ char *name = xasprintf("qemu-system-%s", spec->arch);

	return find_program(name, str_eq(spec->arch, "x86_64") ?
				  "qemu-system-x86" : "qemu-system-arm", err);
}

int qemu_start(const struct vm_spec *spec, bool kvm, int lock_fd,
	       bool memory_file, bool incoming, struct qemu *ret, struct vc_error *err)
{
	_cleanup_free_ char *program = qemu_program(spec, err);
	_cleanup_strv_ struct strv argv = STRV_INIT;
	int qmp[2] = { -1, -1 }, channel[2] = { -1, -1 }, console[2] = { -1, -1 };
	int words[2] = { -1, -1 };
	struct qemu_fds fds;
	pid_t parent = getpid(), pid;

	if (!program)
		return -1;
	/* a failure here ends the monitor: the fds need no unwinding */
	if (make_socketpair(qmp, err) < 0 || make_socketpair(channel, err) < 0 ||
	    make_socketpair(console, err) < 0)
		return -1;
	if (pipe2(words, O_CLOEXEC) < 0)
		return vc_fail(err, errno, "cannot create a pipe");
	ret->kvm = kvm;
	fds = (struct qemu_fds){ qmp[1], channel[1], console[1], memory_file,
				 incoming };
	qemu_command_line(spec, kvm, program, &fds, &argv);
	pid = fork();
	if (pid < 0)
		return vc_fail(err, errno, "cannot start '%s'", program);
	if (pid == 0)
		exec_qemu(argv.v, parent,
			  (int[]){ qmp[1], channel[1], console[1], lock_fd }, 4,
			  words[1]);
	close(qmp[1]);
	close(channel[1]);
	close(console[1]);
	close(words[1]);
	ret->pid = pid;
	ret->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (ret->pidfd < 0)
		return vc_fail(err, errno, "cannot watch '%s'", program);
	set_nonblock(words[0]);
	set_nonblock(console[0]);
	ret->qmp_fd = qmp[0];
	ret->channel_fd = channel[0];
	ret->console_fd = console[0];
	ret->words_fd = words[0];
	return 0;
}
