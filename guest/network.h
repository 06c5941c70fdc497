/* Stage "network": QEMU's user network has fixed addresses. */
#ifndef GUEST_NETWORK_H
#define GUEST_NETWORK_H

#include <stdbool.h>

#include "vc/error.h"

/* Loopback and kernel settings; with `outside` the interface too. */
int network_up(bool outside, struct vc_error *err);
/* Is there an interface with a device behind it? */
bool network_there(void);
/* What is only there once the engine's modules are loaded. */
void sysctl_after_modules(void);
void sysctl_apply(void);

#endif
