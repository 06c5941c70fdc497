/* /proc/PID/stat: proc_pid_stat(5). */
#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/util.h"

#define PF_KTHREAD 0x00200000u

struct stat_line {
	char comm[64];
	int ppid;
	unsigned long flags;
};

static bool read_stat(const char *pid, struct stat_line *ret)
{
	_cleanup_free_ char *path = xasprintf("/proc/%s/stat", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[1024], *open_paren, *close_paren;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	/* the name is in parentheses, and may hold some itself */
	open_paren = strchr(text, '(');
	close_paren = strrchr(text, ')');
	if (!open_paren || !close_paren)
		return false;
	*close_paren = '\0';
	snprintf(ret->comm, sizeof(ret->comm), "%s", open_paren + 1);
	/* state ppid pgrp session tty_nr tpgid flags */
	return sscanf(close_paren + 1, " %*c %d %*d %*d %*d %*d %lu",
		      &ret->ppid, &ret->flags) == 2;
}

/* Calls fn for every process until it returns true; was there one? */
static bool any_process(bool (*fn)(const char *pid, const struct stat_line *s,
				   void *arg),
			void *arg)
{
	DIR *dir = opendir("/proc");
	bool found = false;
	struct dirent *e;

	while (dir && !found && (e = readdir(dir))) {
		struct stat_line s;

		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
		    read_stat(e->d_name, &s))
			found = fn(e->d_name, &s, arg);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool is_monitor(const struct stat_line *s)
{
	return str_starts(s->comm, "containerd-shim") ||
	       str_eq(s->comm, "conmon");
}

static bool count_container(const char *pid, const struct stat_line *s,
			    void *arg)
{
	uint32_t *n = arg;

	(void)pid;
	*n += is_monitor(s);
	return false;
}

uint32_t containers_running(void)
{
	uint32_t n = 0;

	any_process(count_container, &n);
	return n;
}

static bool kill_contained(const char *pid, const struct stat_line *s,
			   void *arg)
{
	_cleanup_free_ char *parent = xasprintf("%d", s->ppid);
	struct stat_line p;

	(void)arg;
	if (read_stat(parent, &p) && is_monitor(&p) && !is_monitor(s))
		kill(atoi(pid), SIGKILL);
	return false;
}

void containers_kill(void)
{
	any_process(kill_contained, NULL);
}

static bool is_user(const char *pid, const struct stat_line *s, void *arg)
{
	(void)arg;
	return !(s->flags & PF_KTHREAD) && atoi(pid) != getpid();
}

bool processes_left(void)
{
	return any_process(is_user, NULL);
}
