/* What this guest is for: its initramfs says so. */
#ifndef GUEST_MODE_H
#define GUEST_MODE_H

#include <stdbool.h>

enum mode {
	MODE_ENGINE, /* the engine root, served over the channel */
	MODE_IMAGE,  /* /vcontainer.image: a converted image is the root */
};

enum mode mode_find(void);
/* The host has put the channel's name on the kernel's command line: only then
 * is it worth waiting for. */
bool mode_has_channel(void);

#endif
