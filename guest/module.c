/* finit_module(2); there is no modprobe and no dependency to work out here. */
#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "console.h"
#include "vc/io.h"
#include "vc/util.h"

static int load(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
		return errno == EEXIST ? 0 : -1;
	return 0;
}

int modules_load(const char *dir)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf order = BUF_INIT;
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *line, *rest;
	int n = 0;

	if (fd < 0) {
		console_log("cannot open '%s': %s", dir, strerror(errno));
		return 0;
	}
	if (read_file_at(fd, "order", 65536, &order, &err) < 0) {
		console_log("%s: %s", dir, err.msg);
		return 0;
	}
	rest = buf_ptr(&order);
	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		if (load(fd, line) < 0)
			console_log("cannot load module '%s': %s", line,
				    strerror(errno));
		else
			n++;
	}
	return n;
}
