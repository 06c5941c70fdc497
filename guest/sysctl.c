/* Kernel settings that engines and what runs in their containers expect. */
#include "console.h"
#include "mounts.h"
#include "network.h"
#include "vc/util.h"

struct setting {
	const char *path, *value;
};

static const struct setting always[] = {
	/* there is no modprobe: asking for one costs a fork each time */
	{ "/proc/sys/kernel/modprobe", "\n" },
	{ "/proc/sys/kernel/ctrl-alt-del", "0" },
	{ "/proc/sys/net/ipv4/ip_forward", "1" },
	{ "/proc/sys/net/ipv4/ping_group_range", "0 2147483647" },
	{ "/proc/sys/fs/inotify/max_user_instances", "8192" },
	{ "/proc/sys/fs/inotify/max_user_watches", "524288" },
	/* a key ring per container */
	{ "/proc/sys/kernel/keys/maxkeys", "20000" },
	{ "/proc/sys/kernel/keys/maxbytes", "2000000" },
	{ "/proc/sys/kernel/keys/root_maxkeys", "1000000" },
	{ "/proc/sys/kernel/keys/root_maxbytes", "25000000" },
	{ "/proc/sys/vm/max_map_count", "262144" },
	/* one user network without IPv6 routers worth listening to */
	{ "/proc/sys/net/ipv6/conf/default/accept_ra", "0" },
	{ "/proc/sys/net/ipv6/conf/all/accept_ra", "0" },
};

static const struct setting after_modules[] = {
	{ "/proc/sys/net/bridge/bridge-nf-call-iptables", "1" },
	{ "/proc/sys/net/bridge/bridge-nf-call-ip6tables", "1" },
};

static void apply(const struct setting *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (write_text(s[i].path, s[i].value) < 0)
			console_log("cannot set '%s'", s[i].path);
}

void sysctl_apply(void)
{
	apply(always, ARRAY_SIZE(always));
}

void sysctl_after_modules(void)
{
	apply(after_modules, ARRAY_SIZE(after_modules));
}
