/* Stage "network": QEMU's user network has fixed addresses. */
#ifndef GUEST_NETWORK_H
#define GUEST_NETWORK_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "vc/error.h"

/* Loopback and kernel settings; with `outside` the interface too. */
int network_up(bool outside, struct vc_error *err);
/* Is there an interface with a device behind it? */
bool network_there(void);
/* What is only there once the engine's modules are loaded. */
void sysctl_after_modules(void);
void sysctl_apply(void);

/* --- the parts of it, for guests with other addresses ------------------- */

struct network_address {
	struct in_addr address, netmask;
	struct in_addr gateway; /* 0.0.0.0: none */
};

/* The interface with a device behind it; "" for none. */
void network_find_interface(char ret[IFNAMSIZ]);
int network_bring_up(int sock, const char *name, struct vc_error *err);
int network_set_address(int sock, const char *name,
			const struct network_address *a, struct vc_error *err);

#endif
