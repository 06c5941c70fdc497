/* The monitor's main loop. */
#include "vm/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"
#include "vm/monitor_run.h"
#include "vm/state.h"

enum { FD_SIGNAL, FD_LISTEN, FD_QEMU, FD_QMP, FD_GUEST, FD_CONSOLE, FD_WORDS, FD_CLIENTS };

static int block_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* QEMU has ended: because it should, or not. */
static void reap_qemu(struct monitor *m)
{
	int status = 0;
	char *why;

	waitpid(m->qemu.pid, &status, 0);
	close(m->qemu.pidfd);
	m->qemu.pidfd = -1;
	console_fill(&m->words);
	if (m->phase == PHASE_STARTING &&
	    (m->relaunch || resume_give_up(m, "QEMU ended") ||
	     monitor_give_up_kvm(m) || (status == 0 && monitor_boot_again(m)))) {
		monitor_launch_again(m);
		return;
	}
	if (m->phase == PHASE_STOPPING) {
		if (m->saved)
			suspend_keep(m);
		monitor_end(m, NULL);
		return;
	}
	if (WIFSIGNALED(status))
		why = xasprintf("QEMU was ended by signal %d", WTERMSIG(status));
	else
		why = xasprintf("QEMU ended with status %d", WEXITSTATUS(status));
	if (m->phase == PHASE_STARTING) {
		monitor_fail_stage(m, why);
		free(why);
	} else {
		_cleanup_free_ char *words = console_tail(&m->words, 2);

		monitor_end(m, xasprintf("the VM ended unexpectedly: %s%s", why, words));
		free(why);
	}
}

static void migration_failed(struct monitor *m, const char *why)
{
	if (m->suspending && !m->saved)
		suspend_failed(m);
	else
		resume_give_up(m, why);
}

static void handle_qmp(struct monitor *m)
{
	enum qmp_event e;

	qmp_fill(&m->qmp);
	while ((e = qmp_next(&m->qmp)) != QMP_NONE)
		switch (e) {
		case QMP_READY:
			if (m->resuming)
				resume_start(m);
			else
				monitor_enter_stage(m, "kernel");
			break;
		case QMP_MIGRATED:
			suspend_migrated(m);
			break;
		case QMP_MIGRATION_FAILED:
			migration_failed(m, "its state cannot be read");
			break;
		case QMP_DISK_FULL:
		case QMP_DISK_ERROR:
			m->disk_full = true;
			while (m->streams)
				stream_fail(m, m->streams, ENOSPC,
					    e == QMP_DISK_FULL ?
					    "the host's disk is full: the VM stands still until "
					    "the next command; make room in its state directory" :
					    "the host cannot write the state disk");
			break;
		case QMP_STOPPED: /* in a start: KVM met an internal error */
			monitor_give_up_kvm(m);
			break;
		case QMP_FAULT:
			log_note("QEMU refused a command: %s", m->qmp.fault);
			migration_failed(m, m->qmp.fault);
			break;
		case QMP_SHUTDOWN: /* the end itself is what counts */
		case QMP_NONE:
			break;
		}
}

/* When the main loop must look again though nothing happened, or -1. */
static int poll_timeout(const struct monitor *m)
{
	int64_t at = m->deadline_ms, now = now_ms();

	if (m->phase == PHASE_RUNNING && m->idle_since_ms && !m->stat_asked &&
	    m->spec->idle_timeout)
		at = m->idle_since_ms + (int64_t)m->spec->idle_timeout * 1000;
	if (!at)
		return -1;
	return at <= now ? 0 : (int)(at - now < 3600000 ? at - now : 3600000);
}

static void handle_timers(struct monitor *m)
{
	int64_t now = now_ms();

	if (m->deadline_ms && now >= m->deadline_ms)
		monitor_deadline(m);
	if (m->phase == PHASE_RUNNING && m->idle_since_ms && !m->stat_asked &&
	    m->spec->idle_timeout &&
	    now - m->idle_since_ms >= (int64_t)m->spec->idle_timeout * 1000) {
		/* a container that runs is activity too: only the guest knows */
		m->stat_asked = true;
		conn_send(&m->guest, FRAME_STAT, 0, 0, NULL, 0);
	}
}

/* The client that started a one-shot VM waits for its end; not for that of
 * others who work with it by now, nor of one that was made to stay. */
static void let_go(struct monitor *m)
{
	for (struct client *c = m->clients, *next; c; c = next) {
		next = c->next;
		if (c->leaving)
			client_drop(m, c);
	}
}

/* Whether it can be suspended, containers in it or not, only the guest knows. */
static void end_unused(struct monitor *m)
{
	if (!m->suspendable || m->phase != PHASE_RUNNING) {
		monitor_stop(m);
	} else if (!m->stat_asked) {
		m->stat_asked = true;
		conn_send(&m->guest, FRAME_STAT, 0, 0, NULL, 0);
	}
}

/* A one-shot VM ends with its last client. */
static void check_oneshot(struct monitor *m)
{
	uint32_t leaving = 0;

	if (m->phase > PHASE_RUNNING)
		return;
	for (const struct client *c = m->clients; c; c = c->next)
		leaving += c->leaving;
	if (leaving && (!m->oneshot || leaving < m->n_clients))
		let_go(m);
	else if (m->oneshot && m->had_client && leaving == m->n_clients)
		end_unused(m);
}

static bool all_told(const struct monitor *m)
{
	for (const struct client *c = m->clients; c; c = c->next)
		if (c->conn.out.len && !c->conn.eof)
			return false;
	return m->told;
}

static void handle_clients(struct monitor *m, const struct pollfd *fds, size_t n)
{
	struct client *c = m->clients, *next;

	/* clients accepted since are at the head of the list, without an entry */
	for (size_t i = 0; c; c = next) {
		next = c->next;
		if (i < n && fds[i].fd == c->conn.fd) {
			if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
				client_receive(m, c);
			i++;
		}
		conn_flush(&c->conn);
		if (c->conn.eof)
			client_drop(m, c);
	}
}

static size_t fill_poll(const struct monitor *m, int signal_fd,
			struct pollfd *fds)
{
	size_t n = FD_CLIENTS;

	fds[FD_SIGNAL] = (struct pollfd){ signal_fd, POLLIN, 0 };
	fds[FD_LISTEN] = (struct pollfd){ m->listen_fd, POLLIN, 0 };
	fds[FD_QEMU] = (struct pollfd){ m->qemu.pidfd, POLLIN, 0 };
	fds[FD_QMP] = (struct pollfd){ m->qmp.eof ? -1 : m->qmp.fd,
				       (short)(POLLIN | (m->qmp.out.len ? POLLOUT : 0)), 0 };
	fds[FD_GUEST] = (struct pollfd){ m->guest.eof ? -1 : m->guest.fd,
					 conn_events(&m->guest), 0 };
	fds[FD_CONSOLE] = (struct pollfd){ m->console.eof ? -1 : m->console.fd, POLLIN, 0 };
	fds[FD_WORDS] = (struct pollfd){ m->words.eof ? -1 : m->words.fd, POLLIN, 0 };
	for (const struct client *c = m->clients; c; c = c->next)
		fds[n++] = (struct pollfd){ c->conn.fd, conn_events(&c->conn), 0 };
	return n;
}

void monitor_loop(struct monitor *m)
{
	_cleanup_close_ int signal_fd = block_signals();
	static struct pollfd fds[FD_CLIENTS + CLIENTS_MAX];

	while (m->phase != PHASE_ENDED || !all_told(m) || m->qemu.pidfd >= 0) {
		size_t n = fill_poll(m, signal_fd, fds);
		struct signalfd_siginfo si;

		if (poll(fds, n, poll_timeout(m)) < 0)
			continue;
		/* the console first: its last lines belong into an error */
		if (fds[FD_CONSOLE].revents)
			console_fill(&m->console);
		if (fds[FD_WORDS].revents)
			console_fill(&m->words);
		if (fds[FD_QMP].revents)
			handle_qmp(m);
		if (fds[FD_GUEST].revents)
			guest_receive(m);
		if (fds[FD_QEMU].revents && m->qemu.pidfd >= 0)
			reap_qemu(m);
		if (fds[FD_SIGNAL].revents &&
		    read(signal_fd, &si, sizeof(si)) == sizeof(si))
			monitor_stop(m);
		handle_clients(m, fds + FD_CLIENTS, n - FD_CLIENTS);
		if (fds[FD_LISTEN].revents && m->listen_fd >= 0)
			clients_accept(m);
		handle_timers(m);
		check_oneshot(m);
		if (!m->guest.eof)
			conn_flush(&m->guest);
		qmp_flush(&m->qmp);
		for (struct client *c = m->clients; c; c = c->next)
			conn_flush(&c->conn);
	}
}
