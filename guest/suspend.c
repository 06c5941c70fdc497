/*
 * Standing still and going on: between the two the whole machine is a file on
 * the host.  While the disk is frozen nothing on it is half written, so that
 * it is whole even if the memory is thrown away.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "console.h"
#include "guest.h"
#include "vc/util.h"

#define STATE "/state"

struct freezing {
	struct child child;
	struct guest *guest;
};

static int freeze(void *arg)
{
	_cleanup_close_ int fd = open(STATE, O_RDONLY | O_CLOEXEC);

	(void)arg;
	sync();
	if (fd < 0 || ioctl(fd, FIFREEZE, 0) < 0)
		return errno ? errno : 1;
	return 0;
}

static void on_frozen(struct child *c, int status)
{
	struct freezing *f = container_of(c, struct freezing, child);

	control_done(f->guest, FRAME_QUIESCE,
		     status ? "cannot freeze the state disk" : "");
	vc_cleanup_free(&f);
}

void suspend_quiesce(struct guest *g)
{
	struct freezing *f;

	if (!g->ready || g->agent.open) {
		control_done(g, FRAME_QUIESCE, "the VM is not idle");
		return;
	}
	f = xcalloc(1, sizeof(*f));
	f->guest = g;
	f->child.ended = on_frozen;
	if (child_start(&g->loop, &f->child, freeze, NULL) < 0) {
		control_done(g, FRAME_QUIESCE, strerror(errno));
		vc_cleanup_free(&f);
	}
}

void suspend_resume(struct guest *g, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	_cleanup_close_ int fd = open(STATE, O_RDONLY | O_CLOEXEC);
	uint64_t ns = msg_u64(&r);

	if (r.bad) { /* what follows the time is for the pool */
		control_done(g, FRAME_RESUME, "malformed request");
		return;
	}
	clock_adjust(ns);
	entropy_add(f->payload + sizeof(ns), f->length - sizeof(ns));
	entropy_renew();
	if (fd < 0 || (ioctl(fd, FITHAW, 0) < 0 && errno != EINVAL))
		control_done(g, FRAME_RESUME, "cannot thaw the state disk");
	else
		control_done(g, FRAME_RESUME, "");
}
