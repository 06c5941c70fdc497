/* The kernel's device announcements; see device.h. */
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device.h"
#include "vc/util.h"

int uevents_open(struct vc_error *err)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	_cleanup_close_ int fd = socket(AF_NETLINK,
					SOCK_DGRAM | SOCK_CLOEXEC |
						SOCK_NONBLOCK,
					NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return vc_fail(err, errno, "cannot listen for devices");
	return steal_fd(&fd);
}

int uevents_wait(int fd, int64_t due)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = due - now_ms();
	char drop[4096];

	if (left <= 0 || poll(&p, 1, (int)left) <= 0)
		return -1;
	/* an overrun (ENOBUFS) is an announcement as good as any */
	while (recv(fd, drop, sizeof(drop), 0) > 0)
		;
	return 0;
}
