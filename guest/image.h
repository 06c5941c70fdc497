/*
 * A guest whose root is a converted image (docs/guest.md): over the channel
 * when a host is there, by itself on the console when none is.
 */
#ifndef GUEST_IMAGE_H
#define GUEST_IMAGE_H

#include "guest.h"
#include "vc/error.h"
#include "vc/msg.h"

#define IMAGE_FILE "/vcontainer.image"

/* image.c */
int image_load(struct msg_image *ret, struct vc_error *err);
/* Stages of a start from the channel. */
int image_boot_root(struct guest *g, struct vc_error *err);
int image_boot_network(struct guest *g, struct vc_error *err);
/* From the kernel to the end of the image's command, without a host. */
void image_run(struct guest *g);

/* image_root.c: `device` holds the image's root; afterwards "/" is it */
int image_root(const char *device, const char *type, struct vc_error *err);

/* image_console.c: runs the command on the console, as its session; returns
 * its status as a shell would give it, or why it was not run */
int image_console(struct loop *l, const struct msg_image *m);

#endif
