/*
 * A helper program that the user watches: its words go to our stderr as they
 * come, and what would end us ends it, so that it can clean up and we can say
 * what happened.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vc/spawn.h"
#include "vc/util.h"

extern char **environ;

/* What is waited for; a signal that our caller ignores (nohup) stays so. */
static void signals_of_interest(sigset_t *set)
{
	static const int relayed[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	struct sigaction sa;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(relayed); i++)
		if (sigaction(relayed[i], NULL, &sa) == 0 &&
		    sa.sa_handler != SIG_IGN)
			sigaddset(set, relayed[i]);
}

static int spawn(const struct strv *argv, int in_fd, const sigset_t *mask,
		 pid_t *ret_pid)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	int r;

	posix_spawn_file_actions_init(&fa);
	if (in_fd < 0)
		posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&fa, in_fd, 0);
	posix_spawn_file_actions_adddup2(&fa, STDERR_FILENO, 1);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, mask);
	r = posix_spawn(ret_pid, argv->v[0], &fa, &attr, argv->v, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	return r;
}

/* Until it has ended; a terminal's own signals it has already. */
static int wait_for(pid_t pid, const sigset_t *set)
{
	siginfo_t si;
	int status;

	for (;;) {
		int sig = sigwaitinfo(set, &si);

		if (sig == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid)
			return status;
		if (sig > 0 && sig != SIGCHLD && si.si_code != SI_KERNEL)
			kill(pid, sig);
	}
}

int run_program_live(const struct strv *argv, int in_fd, int *ret_status,
		     struct vc_error *err)
{
	struct sigaction sa = { .sa_handler = SIG_DFL }, old_chld;
	sigset_t set, old;
	int r, status;
	pid_t pid;

	/* ignored, as some callers leave it, its end would go unseen */
	sigaction(SIGCHLD, &sa, &old_chld);
	signals_of_interest(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	r = spawn(argv, in_fd, &old, &pid);
	if (r == 0)
		status = wait_for(pid, &set);
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGCHLD, &old_chld, NULL);
	if (r)
		return vc_fail(err, r, "cannot run '%s'", argv->v[0]);
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					    WEXITSTATUS(status);
	return 0;
}
