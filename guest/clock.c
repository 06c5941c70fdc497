/* Time and randomness from the host; see clock.h. */
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "console.h"
#include "vc/util.h"

#define NS 1000000000u

/* More than the pool holds is of no use. */
#define ENTROPY_MAX 512u

void clock_adjust(uint64_t ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / NS),
			       .tv_nsec = (long)(ns % NS) };

	if (ns && clock_settime(CLOCK_REALTIME, &ts) < 0)
		console_log("cannot set the clock: %s", strerror(errno));
}

void entropy_add(const void *data, size_t len)
{
	_cleanup_close_ int fd = open("/dev/random", O_WRONLY | O_CLOEXEC);
	_cleanup_free_ struct rand_pool_info *pool = NULL;

	if (len > ENTROPY_MAX)
		len = ENTROPY_MAX;
	pool = xcalloc(1, sizeof(*pool) + len);
	pool->entropy_count = (int)len * 8;
	pool->buf_size = (int)len;
	memcpy(pool->buf, data, len);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, pool) < 0)
		console_log("cannot add entropy: %s", strerror(errno));
}

void entropy_renew(void)
{
	_cleanup_close_ int fd = open("/dev/random", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, RNDRESEEDCRNG) < 0)
		console_log("cannot renew the random numbers: %s",
			    strerror(errno));
}

uint64_t boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}
