/* The host's network stack gives addresses by DHCP; see gondolin.h. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console.h"
#include "dhcp.h"
#include "gondolin.h"
#include "names.h"
#include "vc/util.h"

#define LEASE_MS 3000

static void write_resolvers(const struct dhcp_lease *l)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	char text[INET_ADDRSTRLEN];

	for (unsigned i = 0; i < l->n_resolvers; i++)
		buf_printf(&b, "nameserver %s\n",
			   inet_ntop(AF_INET, &l->resolvers[i], text,
				     sizeof(text)));
	if (b.len && names_set_resolvers(&b, &err) < 0)
		console_log("%s", err.msg);
}

static int get_address(int sock, const char *name, struct vc_error *err)
{
	struct dhcp_lease lease;

	if (network_bring_up(sock, name, err) < 0 ||
	    dhcp_ask(name, now_ms() + LEASE_MS, &lease, err) < 0 ||
	    network_set_address(sock, name, &lease.address, err) < 0)
		return -1;
	write_resolvers(&lease);
	return 0;
}

void gondolin_network(void)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC,
					  0);
	char name[IFNAMSIZ];

	if (names_complete("gondolin", false, &err) < 0)
		console_log("%s", err.msg);
	vc_error_release(&err);
	if (sock < 0 || network_bring_up(sock, "lo", &err) < 0) {
		console_log("no loopback: %s", err.msg ? err.msg : "no socket");
		return;
	}
	network_find_interface(name);
	/* a host may run without a network, or not answer */
	if (name[0] && get_address(sock, name, &err) < 0)
		console_log("no network: %s", err.msg);
}
