/* Keeping a daemon running; see daemon.h. */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "console.h"
#include "vc/util.h"

#define RESTARTS_MAX 3
#define RESTARTS_WINDOW_MS 60000

static int become(void *arg)
{
	static char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		"/sbin:/bin",
		"HOME=/root", "LANG=C.UTF-8", NULL
	};
	struct daemon *d = arg;

	setsid();
	if (dup2(d->output, STDOUT_FILENO) < 0 ||
	    dup2(d->output, STDERR_FILENO) < 0)
		return 127;
	execve(d->argv[0], d->argv, env);
	console_log("cannot run '%s': %s", d->argv[0], strerror(errno));
	return 127;
}

static int launch(struct daemon *d)
{
	d->ended = false;
	return child_start(d->loop, &d->child, become, d) < 0 ? -1 : 0;
}

static void relaunch(struct timer *t)
{
	struct daemon *d = container_of(t, struct daemon, pause);

	if (d->keep && launch(d) < 0)
		console_log("cannot restart '%s': %s", d->argv[0],
			    strerror(errno));
}

static bool too_often(struct daemon *d)
{
	int64_t now = now_ms();

	if (now - d->restarts_since > RESTARTS_WINDOW_MS) {
		d->restarts_since = now;
		d->restarts = 0;
	}
	return d->restarts++ >= RESTARTS_MAX;
}

static void on_child_ended(struct child *c, int status)
{
	struct daemon *d = container_of(c, struct daemon, child);

	d->ended = true;
	if (d->keep)
		console_log("'%s' has ended (%s %d)", d->argv[0],
			    WIFEXITED(status) ? "status" : "signal",
			    WIFEXITED(status) ? WEXITSTATUS(status) :
						WTERMSIG(status));
	if (d->on_ended)
		d->on_ended(d, status);
	if (!d->keep)
		return;
	if (too_often(d))
		console_log("'%s' ends again and again: left alone",
			    d->argv[0]);
	else /* from the loop, not from the middle of reaping */
		timer_start(d->loop, &d->pause, 0);
}

int daemon_start(struct daemon *d, struct loop *l, struct vc_error *err)
{
	d->loop = l;
	d->child.ended = on_child_ended;
	d->pause.fire = relaunch;
	if (launch(d) < 0)
		return vc_fail(err, errno, "cannot create a process");
	return 0;
}

int daemon_stop(struct daemon *d, int64_t due)
{
	d->keep = false;
	if (!d->loop || d->child.pid <= 0)
		return 0;
	timer_stop(d->loop, &d->pause);
	kill(d->child.pid, SIGTERM);
	return loop_wait(d->loop, &d->ended, due);
}

void daemon_signal(struct daemon *d, int sig)
{
	if (d->child.pid > 0)
		kill(d->child.pid, sig);
}
