/* The image's root: /dev/vda, or what the command line says. */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "console.h"
#include "device.h"
#include "gondolin.h"
#include "image.h"
#include "module.h"
#include "mounts.h"
#include "vc/buf.h"
#include "vc/io.h"
#include "vc/util.h"

#define DISK_MS 20000

char *gondolin_cmdline(const char *key, const char *fallback)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t n = strlen(key);
	char *rest, *word;

	if (read_file_at(AT_FDCWD, "/proc/cmdline", 65536, &b, &err) < 0)
		console_log("%s", err.msg);
	rest = buf_ptr(&b);
	while (rest && (word = strsep(&rest, " \n")))
		if (!strncmp(word, key, n) && word[n] == '=')
			return xstrdup(word + n + 1);
	return xstrdup(fallback);
}

static int wait_for(const char *device, int uevents, struct vc_error *err)
{
	int64_t due = now_ms() + DISK_MS;

	while (access(device, F_OK) < 0)
		if (uevents_wait(uevents, due) < 0)
			return vc_fail(err, 0, "there is no '%s'", device);
	return 0;
}

/* The mark says of what type the root is. */
static char *root_type(void)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (read_file_at(AT_FDCWD, GONDOLIN_MARK, 64, &b, &err) < 0 || !b.len)
		return xstrdup("ext4");
	return xstrndup(buf_ptr(&b), strcspn(buf_ptr(&b), "\n"));
}

static int leave_initramfs(int uevents, struct vc_error *err)
{
	_cleanup_free_ char *device = gondolin_cmdline("root", "/dev/vda");
	_cleanup_free_ char *type = root_type();

	modules_load("/modules/gondolin");
	modules_load("/modules");
	if (wait_for(device, uevents, err) < 0)
		return -1;
	return image_root(device, type, err);
}

int gondolin_root(int uevents, struct vc_error *err)
{
	const struct mount_entry run = { "run", "/run", "tmpfs",
					 MS_NOSUID | MS_NODEV, "mode=0755" };

	if (access(GONDOLIN_MARK, F_OK) == 0)
		return leave_initramfs(uevents, err);
	/* Gondolin's own initramfs has brought us here */
	return mount_one(&run, err) < 0 ? -1 : mount_devices(err);
}
