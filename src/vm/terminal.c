/* Raw mode, and the way back from it. */
#include "vm/terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static volatile sig_atomic_t raw_fd = -1;

void terminal_restore(void)
{
	int fd = raw_fd;

	raw_fd = -1;
	if (fd >= 0)
		tcsetattr(fd, TCSADRAIN, &saved);
}

/* tcsetattr() is async-signal-safe: even a crash leaves a usable terminal. */
static void on_crash(int sig)
{
	terminal_restore();
	raise(sig);
}

void terminal_raw(int fd)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	static int prepared;
	struct sigaction sa = { .sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND };
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return;
	if (!prepared) {
		prepared = 1;
		atexit(terminal_restore);
		for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
			sigaction(crashes[i], &sa, NULL);
	}
	saved = t;
	cfmakeraw(&t);
	raw_fd = fd;
	tcsetattr(fd, TCSADRAIN, &t);
}

void terminal_size(const int *fds, int n, uint16_t *ret_rows, uint16_t *ret_cols)
{
	struct winsize ws;

	*ret_rows = *ret_cols = 0;
	for (int i = 0; i < n; i++)
		if (fds[i] >= 0 && isatty(fds[i]) &&
		    ioctl(fds[i], TIOCGWINSZ, &ws) == 0) {
			*ret_rows = ws.ws_row;
			*ret_cols = ws.ws_col;
			return;
		}
}
