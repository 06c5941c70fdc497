/*
 * A guest of Gondolin (docs/gondolin.md): what PID 1 does there in place of
 * everything in boot.c.
 */
#ifndef GUEST_GONDOLIN_H
#define GUEST_GONDOLIN_H

#include <stdbool.h>

#include "loop.h"
#include "vc/error.h"
#include "vc/strv.h"

/* In the initramfs: boot as a guest of Gondolin; holds the root's type. */
#define GONDOLIN_MARK "/vcontainer.gondolin"
/* In the root, put there by the converter. */
#define GONDOLIN_HOME "/.vcontainer"
#define GONDOLIN_AGENT GONDOLIN_HOME "/agent"
#define GONDOLIN_IMAGE_INIT GONDOLIN_HOME "/image-init"
#define GONDOLIN_ENV GONDOLIN_HOME "/env" /* NAME=value, each with a NUL */
#define GONDOLIN_BIN GONDOLIN_HOME "/bin"

/* Is this VM one?  After the early mounts. */
bool gondolin_is_guest(void);
void gondolin_run(struct loop *l, int uevents) __attribute__((noreturn));
/*
 * Run by somebody in such a guest: /init, which is ours now, is the image's
 * own again; resize2fs grows a mounted root, as Gondolin asks for it.  Returns
 * the exit status.
 */
int gondolin_command(char **argv);

/* gondolin_root.c: from the initramfs to the image's root, and what has to be
 * mounted there */
int gondolin_root(int uevents, struct vc_error *err);
/* The word "KEY=VALUE" of the kernel's command line: VALUE, owned by the
 * caller; a copy of fallback when there is none. */
char *gondolin_cmdline(const char *key, const char *fallback);

/* gondolin_net.c: loopback, and the interface if there is one */
void gondolin_network(void);

/* gondolin_vfs.c: mounts the host's file system, served by a process of its
 * own, and its binds */
int gondolin_vfs(struct loop *l, int uevents, struct vc_error *err);

/* gondolin_env.c: what the image says, a PATH with our tools at its end, and
 * where the certificates are */
void gondolin_environment(struct loop *l, struct strv *ret);

#endif
