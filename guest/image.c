/* The start of an image's guest; see image.h. */
#include "image.h"

#include <fcntl.h>
#include <stdio.h>

#include "console.h"
#include "device.h"
#include "mounts.h"
#include "names.h"
#include "network.h"
#include "vc/io.h"
#include "vc/util.h"

#define IMAGE_MAX (4u * 1024u * 1024u)
#define DISK_MS 20000
/* Its name when neither a host nor the image gives it one. */
#define HOSTNAME "vcontainer"

int image_load(struct msg_image *ret, struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (read_file_at(AT_FDCWD, IMAGE_FILE, IMAGE_MAX, &b, err) < 0)
		return -1;
	if (!msg_image_get(buf_ptr(&b), b.len, ret))
		return vc_fail(err, 0, "'" IMAGE_FILE "' is malformed: it was "
			       "made by another version");
	return 0;
}

int image_boot_root(struct guest *g, struct vc_error *err)
{
	_cleanup_free_ char *disk = disk_find(g->uevents, "root", "vda",
					      now_ms() + DISK_MS, err);

	return disk ? image_root(disk, g->image.fs, err) : -1;
}

/* The image need not have a place for the names. */
static void set_names(const char *hostname, bool outside)
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (names_complete(hostname, outside, &err) < 0)
		console_log("%s", err.msg);
}

int image_boot_network(struct guest *g, struct vc_error *err)
{
	set_names(g->config.hostname, g->config.network);
	return network_up(g->config.network, err);
}

/* There may be any network or none: the one we know is QEMU's. */
static void network_by_itself(void)
{
	_cleanup_error_ struct vc_error err = { 0 };
	bool outside = network_there();

	set_names(HOSTNAME, outside);
	if (network_up(outside, &err) < 0)
		console_log("%s", err.msg);
}

void image_run(struct guest *g)
{
	_cleanup_error_ struct vc_error err = { 0 };
	int status;

	/* the console is the command's now: only what is wrong is said there */
	write_text("/proc/sys/kernel/printk", "4");
	if (image_boot_root(g, &err) < 0) {
		console_log("cannot start: %s", err.msg);
		return;
	}
	network_by_itself();
	g->quiet = true;
	status = image_console(&g->loop, &g->image);
	/* wherever the command has left the cursor */
	dprintf(2, "\r\nvcontainer: the command ended with status %d\r\n",
		status);
}
