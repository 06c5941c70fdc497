/* Addresses by ioctl; see network.h. */
#include "network.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mounts.h"
#include "vc/util.h"

#define INTERFACES "/sys/class/net"
#define ADDRESS "10.0.2.15"
#define NETMASK "255.255.255.0"
#define GATEWAY "10.0.2.2"

static void set_name(struct ifreq *r, const char *name)
{
	memset(r, 0, sizeof(*r));
	snprintf(r->ifr_name, sizeof(r->ifr_name), "%s", name);
}

static void set_addr(struct sockaddr *to, struct in_addr addr)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = addr };

	memcpy(to, &in, sizeof(in));
}

int network_bring_up(int sock, const char *name, struct vc_error *err)
{
	struct ifreq r;

	set_name(&r, name);
	if (ioctl(sock, SIOCGIFFLAGS, &r) < 0)
		return vc_fail(err, errno, "cannot find interface '%s'", name);
	r.ifr_flags |= IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &r) < 0)
		return vc_fail(err, errno, "cannot bring up '%s'", name);
	return 0;
}

void network_find_interface(char ret[IFNAMSIZ])
{
	DIR *dir = opendir(INTERFACES);
	struct dirent *e;

	ret[0] = '\0';
	while (dir && !ret[0] && (e = readdir(dir))) {
		_cleanup_free_ char *device =
			xasprintf(INTERFACES "/%s/device", e->d_name);

		if (e->d_name[0] != '.' && strlen(e->d_name) < IFNAMSIZ &&
		    access(device, F_OK) == 0)
			snprintf(ret, IFNAMSIZ, "%.*s", IFNAMSIZ - 1,
				 e->d_name);
	}
	if (dir)
		closedir(dir);
}

int network_set_address(int sock, const char *name,
			const struct network_address *a, struct vc_error *err)
{
	const struct in_addr any = { INADDR_ANY };
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };
	struct ifreq r;

	set_name(&r, name);
	set_addr(&r.ifr_addr, a->address);
	if (ioctl(sock, SIOCSIFADDR, &r) < 0)
		return vc_fail(err, errno, "cannot set the address of '%s'",
			       name);
	set_addr(&r.ifr_netmask, a->netmask);
	if (ioctl(sock, SIOCSIFNETMASK, &r) < 0)
		return vc_fail(err, errno, "cannot set the netmask of '%s'",
			       name);
	if (network_bring_up(sock, name, err) < 0)
		return -1;
	if (!a->gateway.s_addr)
		return 0;
	set_addr(&route.rt_dst, any);
	set_addr(&route.rt_genmask, any);
	set_addr(&route.rt_gateway, a->gateway);
	if (ioctl(sock, SIOCADDRT, &route) < 0 && errno != EEXIST)
		return vc_fail(err, errno, "cannot set the default route");
	return 0;
}

static int outside_up(int sock, struct vc_error *err)
{
	struct network_address a = { 0 };
	char name[IFNAMSIZ];
	_cleanup_free_ char *ra = NULL;

	inet_pton(AF_INET, ADDRESS, &a.address);
	inet_pton(AF_INET, NETMASK, &a.netmask);
	inet_pton(AF_INET, GATEWAY, &a.gateway);
	network_find_interface(name);
	if (!name[0])
		return vc_fail(err, 0, "there is no network interface");
	/* it was there before the defaults were set */
	ra = xasprintf("/proc/sys/net/ipv6/conf/%s/accept_ra", name);
	write_text(ra, "0");
	return network_set_address(sock, name, &a, err);
}

bool network_there(void)
{
	char name[IFNAMSIZ];

	network_find_interface(name);
	return name[0] != '\0';
}

int network_up(bool outside, struct vc_error *err)
{
	_cleanup_close_ int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC,
					  0);

	if (sock < 0)
		return vc_fail(err, errno, "cannot create a socket");
	sysctl_apply();
	if (network_bring_up(sock, "lo", err) < 0)
		return -1;
	return outside ? outside_up(sock, err) : 0;
}
