/* DHCP (RFC 2131, 2132), as much of it as gets an address once, at a start. */
#ifndef GUEST_DHCP_H
#define GUEST_DHCP_H

#include <stdint.h>

#include "network.h"
#include "vc/error.h"

#define DHCP_SIZE 300 /* of what we send */
#define DHCP_RESOLVERS 3

enum { DHCP_DISCOVER = 1, DHCP_OFFER, DHCP_REQUEST, DHCP_ACK = 5, DHCP_NAK };

struct dhcp_lease {
	struct network_address address;
	struct in_addr server;
	struct in_addr resolvers[DHCP_RESOLVERS];
	unsigned n_resolvers;
};

/* What tells our messages from others'. */
struct dhcp_client {
	uint32_t xid;
	uint8_t mac[6];
};

/* `offer` is what a request is for; NULL in a discover. */
void dhcp_put(const struct dhcp_client *c, uint8_t type,
	      const struct dhcp_lease *offer, uint8_t ret[DHCP_SIZE]);
/* The type of an answer to us, its lease in *ret; 0: it is none. */
uint8_t dhcp_get(const struct dhcp_client *c, const void *data, size_t len,
		 struct dhcp_lease *ret);
/* Asks on an interface that is up until due. */
int dhcp_ask(const char *interface, int64_t due, struct dhcp_lease *ret,
	     struct vc_error *err);

#endif
