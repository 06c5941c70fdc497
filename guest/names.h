/* The host's name, and who is who: /etc/hostname, hosts, resolv.conf. */
#ifndef GUEST_NAMES_H
#define GUEST_NAMES_H

#include <stdbool.h>

#include "vc/buf.h"
#include "vc/error.h"

/* All of it anew; with `outside` there is a name server. */
int names_set(const char *hostname, bool outside, struct vc_error *err);
/* Of an image: its own files stay and its own name counts; only what is
 * missing or empty is written. */
int names_complete(const char *hostname, bool outside, struct vc_error *err);
/* Only /etc/resolv.conf, anew. */
int names_set_resolvers(const struct buf *text, struct vc_error *err);

#endif
