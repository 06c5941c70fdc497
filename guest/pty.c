/* Pseudo-terminals, without the paths and helpers of libc's openpty(). */
#include <asm/termbits.h> /* struct termios; termios.h would clash with it */
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exec.h"
#include "vc/util.h"

int pty_resize(int master, uint16_t rows, uint16_t cols)
{
	struct winsize ws = { .ws_row = rows, .ws_col = cols };

	return ioctl(master, TIOCSWINSZ, &ws);
}

int pty_open(uint16_t rows, uint16_t cols, int ret[2])
{
	_cleanup_close_ int master = open("/dev/ptmx", O_RDWR | O_NOCTTY |
							       O_CLOEXEC |
							       O_NONBLOCK);
	_cleanup_close_ int slave = -1;
	struct termios t;
	int locked = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &locked) < 0)
		return -1;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -1;
	/* erasing a character erases all of its bytes */
	if (ioctl(slave, TCGETS, &t) == 0) {
		t.c_iflag |= IUTF8;
		ioctl(slave, TCSETS, &t);
	}
	pty_resize(master, rows, cols);
	ret[0] = steal_fd(&master);
	ret[1] = steal_fd(&slave);
	return 0;
}
