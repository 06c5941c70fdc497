/* The disks the host gives us, by their serials; see device.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "vc/io.h"
#include "vc/util.h"

#define BLOCKS "/sys/block"

/* "" when it has none. */
static char *serial_of(const char *disk)
{
	_cleanup_free_ char *path = xasprintf(BLOCKS "/%s/serial", disk);
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (read_file_at(AT_FDCWD, path, 4096, &b, &err) < 0 || !b.len)
		return xstrdup("");
	return xstrndup(buf_ptr(&b), strcspn(buf_ptr(&b), "\n"));
}

static char *find(const char *serial, const char *fallback)
{
	DIR *dir = opendir(BLOCKS);
	bool any = false, there = false;
	char *found = NULL;
	struct dirent *e;

	while (dir && !found && (e = readdir(dir))) {
		_cleanup_free_ char *s = NULL;

		if (!str_starts(e->d_name, "vd"))
			continue;
		s = serial_of(e->d_name);
		any |= *s != '\0';
		there |= str_eq(e->d_name, fallback);
		if (str_eq(s, serial))
			found = xasprintf("/dev/%s", e->d_name);
	}
	if (dir)
		closedir(dir);
	if (!found && !any && there)
		found = xasprintf("/dev/%s", fallback);
	return found;
}

char *disk_find(int uevents, const char *serial, const char *fallback,
		int64_t due, struct vc_error *err)
{
	char *path;

	while (!(path = find(serial, fallback)))
		if (uevents_wait(uevents, due) < 0) {
			vc_fail(err, 0, "no disk with the serial '%s'", serial);
			return NULL;
		}
	return path;
}
