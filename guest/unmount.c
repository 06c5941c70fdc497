/* The other end of mounts.c. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "console.h"
#include "mounts.h"
#include "vc/io.h"
#include "vc/strv.h"
#include "vc/util.h"

#define MOUNTS_MAX (16u * 1024u * 1024u)

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

static bool kept(const char *path)
{
	return !strcmp(path, "/") || below(path, "/proc") ||
	       below(path, "/sys") || below(path, "/dev");
}

/* The kernel writes blanks and backslashes as \040. */
static char *unescape(const char *s, size_t n)
{
	char *out = xmalloc(n + 1), *o = out;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 3 < n) {
			*o++ = (char)((s[i + 1] - '0') << 6 |
				      (s[i + 2] - '0') << 3 | (s[i + 3] - '0'));
			i += 3;
		} else {
			*o++ = s[i];
		}
	}
	*o = '\0';
	return out;
}

/* Mount points in the order they were mounted. */
static void list_mounts(struct strv *ret)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *line;

	if (read_file_at(AT_FDCWD, "/proc/self/mounts", MOUNTS_MAX, &b, &err) <
	    0) {
		console_log("%s", err.msg);
		return;
	}
	for (line = buf_ptr(&b); line && *line;) {
		const char *target = strchr(line, ' ');
		const char *end = target ? strchr(target + 1, ' ') : NULL;

		if (!end)
			break;
		strv_add_take(ret, unescape(target + 1,
					    (size_t)(end - target) - 1));
		line = strchr(end, '\n');
		if (line)
			line++;
	}
}

void unmount_all(void)
{
	_cleanup_strv_ struct strv list = STRV_INIT;

	list_mounts(&list);
	for (size_t i = list.n; i-- > 0;) {
		const char *path = list.v[i];

		if (kept(path) || umount2(path, UMOUNT_NOFOLLOW) == 0)
			continue;
		if (str_eq(path, "/state")) {
			console_log("/state is busy: made read-only");
			if (mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY,
				  NULL) < 0)
				console_log("cannot remount '%s': %s", path,
					    strerror(errno));
		} else {
			umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH);
		}
	}
}
