/* The two questions and their answers; see dhcp.h. */
#include "dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vc/util.h"

#define AGAIN_MS 500
#define SERVER_PORT 67
#define CLIENT_PORT 68
#define OPTIONS 240 /* where they begin, behind the cookie */

static const uint8_t cookie[4] = { 0x63, 0x82, 0x53, 0x63 };

enum option {
	OPTION_PAD = 0,
	OPTION_NETMASK = 1,
	OPTION_ROUTER = 3,
	OPTION_RESOLVERS = 6,
	OPTION_REQUESTED = 50,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_PARAMETERS = 55,
	OPTION_END = 255,
};

static uint8_t *put_option(uint8_t *p, enum option o, const void *data,
			   uint8_t len)
{
	*p++ = (uint8_t)o;
	*p++ = len;
	memcpy(p, data, len);
	return p + len;
}

void dhcp_put(const struct dhcp_client *c, uint8_t type,
	      const struct dhcp_lease *offer, uint8_t ret[DHCP_SIZE])
{
	static const uint8_t wanted[] = { OPTION_NETMASK, OPTION_ROUTER,
					  OPTION_RESOLVERS };
	uint8_t *p = ret + OPTIONS;

	memset(ret, 0, DHCP_SIZE);
	ret[0] = 1; /* a request, over Ethernet */
	ret[1] = 1;
	ret[2] = sizeof(c->mac);
	memcpy(ret + 4, &c->xid, sizeof(c->xid));
	ret[10] = 0x80; /* answers by broadcast: we have no address yet */
	memcpy(ret + 28, c->mac, sizeof(c->mac));
	memcpy(ret + OPTIONS - sizeof(cookie), cookie, sizeof(cookie));
	p = put_option(p, OPTION_TYPE, &type, 1);
	if (offer) {
		p = put_option(p, OPTION_REQUESTED, &offer->address.address, 4);
		p = put_option(p, OPTION_SERVER, &offer->server, 4);
	}
	p = put_option(p, OPTION_PARAMETERS, wanted, sizeof(wanted));
	*p = OPTION_END;
}

static void get_option(uint8_t option, const uint8_t *p, uint8_t len,
		       struct dhcp_lease *l, uint8_t *ret_type)
{
	if (option == OPTION_TYPE && len == 1)
		*ret_type = *p;
	if (len < 4)
		return;
	if (option == OPTION_NETMASK)
		memcpy(&l->address.netmask, p, 4);
	else if (option == OPTION_ROUTER)
		memcpy(&l->address.gateway, p, 4);
	else if (option == OPTION_SERVER)
		memcpy(&l->server, p, 4);
	else if (option == OPTION_RESOLVERS)
		for (; len >= 4 && l->n_resolvers < DHCP_RESOLVERS;
		     len -= 4, p += 4)
			memcpy(&l->resolvers[l->n_resolvers++], p, 4);
}

uint8_t dhcp_get(const struct dhcp_client *c, const void *data, size_t len,
		 struct dhcp_lease *ret)
{
	const uint8_t *p = data, *end = p + len;
	struct dhcp_lease l = { 0 };
	uint8_t type = 0;

	if (len < OPTIONS || p[0] != 2 || memcmp(p + 4, &c->xid, 4) ||
	    memcmp(p + 28, c->mac, sizeof(c->mac)) ||
	    memcmp(p + OPTIONS - sizeof(cookie), cookie, sizeof(cookie)))
		return 0;
	memcpy(&l.address.address, p + 16, 4);
	for (p += OPTIONS; p < end && *p != OPTION_END;) {
		uint8_t option = *p++, size;

		if (option == OPTION_PAD)
			continue;
		if (p == end)
			return 0;
		size = *p++;
		if (size > end - p)
			return 0;
		get_option(option, p, size, &l, &type);
		p += size;
	}
	if (type)
		*ret = l;
	return type;
}

static int open_socket(const char *interface, struct dhcp_client *c,
		       struct vc_error *err)
{
	const struct sockaddr_in any = { .sin_family = AF_INET,
					 .sin_port = htons(CLIENT_PORT) };
	_cleanup_close_ int fd = socket(AF_INET,
					SOCK_DGRAM | SOCK_CLOEXEC |
						SOCK_NONBLOCK,
					0);
	struct ifreq r = { 0 };
	int one = 1;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &r) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		       (socklen_t)strlen(interface) + 1) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)) < 0 ||
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		return vc_fail(err, errno, "cannot ask for an address on '%s'",
			       interface);
	memcpy(c->mac, r.ifr_hwaddr.sa_data, sizeof(c->mac));
	return steal_fd(&fd);
}

static void send_message(int fd, const struct dhcp_client *c, uint8_t type,
			 const struct dhcp_lease *offer)
{
	const struct sockaddr_in all = {
		.sin_family = AF_INET,
		.sin_port = htons(SERVER_PORT),
		.sin_addr.s_addr = htonl(INADDR_BROADCAST),
	};
	uint8_t m[DHCP_SIZE];

	dhcp_put(c, type, offer, m);
	/* one that is lost is sent again */
	if (sendto(fd, m, sizeof(m), 0, (const struct sockaddr *)&all,
		   sizeof(all)) < 0)
		return;
}

/* The first answer until then; 0: none. */
static uint8_t receive(int fd, const struct dhcp_client *c, int64_t until,
		       struct dhcp_lease *ret)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t m[1500], type;
	int64_t left;

	while ((left = until - now_ms()) > 0) {
		ssize_t n;

		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = recv(fd, m, sizeof(m), 0);
		type = n > 0 ? dhcp_get(c, m, (size_t)n, ret) : 0;
		if (type)
			return type;
	}
	return 0;
}

int dhcp_ask(const char *interface, int64_t due, struct dhcp_lease *ret,
	     struct vc_error *err)
{
	struct dhcp_lease offer, lease;
	uint8_t type = DHCP_DISCOVER;
	struct dhcp_client c = { 0 };
	_cleanup_close_ int fd = open_socket(interface, &c, err);

	if (fd < 0)
		return -1;
	if (getrandom(&c.xid, sizeof(c.xid), GRND_NONBLOCK) < 0)
		c.xid = (uint32_t)now_ms();
	while (now_ms() < due) {
		int64_t again = now_ms() + AGAIN_MS;
		uint8_t answer;

		send_message(fd, &c, type, type == DHCP_REQUEST ? &offer : NULL);
		answer = receive(fd, &c, again < due ? again : due, &lease);
		if (type == DHCP_DISCOVER && answer == DHCP_OFFER) {
			offer = lease;
			type = DHCP_REQUEST;
		} else if (type == DHCP_REQUEST && answer == DHCP_ACK) {
			*ret = lease;
			return 0;
		} else if (answer == DHCP_NAK) {
			type = DHCP_DISCOVER;
		}
	}
	return vc_fail(err, 0, "nobody has given '%s' an address", interface);
}
