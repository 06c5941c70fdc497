/* See mode.h. */
#include "mode.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "vc/io.h"
#include "vc/util.h"

#define CHANNEL_WORD "vcontainer.channel"

enum mode mode_find(void)
{
	return access(IMAGE_FILE, F_OK) == 0 ? MODE_IMAGE : MODE_ENGINE;
}

bool mode_has_channel(void)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *rest, *word;

	if (read_file_at(AT_FDCWD, "/proc/cmdline", 65536, &b, &err) < 0 ||
	    !b.len)
		return false;
	rest = buf_ptr(&b);
	while ((word = strsep(&rest, " \n")))
		if (str_eq(word, CHANNEL_WORD))
			return true;
	return false;
}
