/* The files that name hosts; see names.h. */
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"
#include "vc/buf.h"
#include "vc/io.h"
#include "vc/util.h"

/* Of QEMU's user network. */
#define RESOLVER "10.0.2.3"

/* Linux's limit for a host name. */
#define HOSTNAME_LEN_MAX 64

struct names {
	const char *hostname;
	bool outside;
	bool complete; /* only what is missing */
	int root;
	int etc;
};

static bool is_hostname(const char *s)
{
	size_t n = strlen(s);

	return n && n <= HOSTNAME_LEN_MAX && s[0] != '-' &&
	       n == strspn(s, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
}

/* The new file is renamed over what is there: a link is replaced, and never
 * followed. */
static int write_etc(const struct names *s, const char *name,
		     const struct buf *b, struct vc_error *err)
{
	_cleanup_free_ char *path = xasprintf("etc/%s", name);

	if (s->complete && !inside_lacks(s->root, path))
		return 0;
	return write_file_at(s->etc, name, 0644, b->len ? buf_ptr(b) : "",
			     b->len, err);
}

static int open_etc(int root, struct vc_error *err)
{
	_cleanup_close_ int path = inside_dir(root, "etc", 0755, err);
	int etc;

	if (path < 0)
		return -1;
	etc = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (etc < 0)
		return vc_fail(err, errno, "cannot open '/etc'");
	return etc;
}

static int write_all_names(struct names *s, struct vc_error *err)
{
	_cleanup_buf_ struct buf hosts = BUF_INIT, name = BUF_INIT,
				 resolv = BUF_INIT;
	_cleanup_close_ int etc = open_etc(s->root, err);

	if (etc < 0)
		return -1;
	s->etc = etc;
	buf_printf(&name, "%s\n", s->hostname);
	buf_printf(&hosts,
		   "127.0.0.1 localhost\n"
		   "127.0.1.1 %s\n"
		   "::1 localhost ip6-localhost ip6-loopback\n",
		   s->hostname);
	buf_add_str(&resolv, s->outside ? "nameserver " RESOLVER "\n" : "");
	if (write_etc(s, "hostname", &name, err) < 0 ||
	    write_etc(s, "hosts", &hosts, err) < 0)
		return -1;
	if (s->complete && !s->outside)
		return 0;
	return write_etc(s, "resolv.conf", &resolv, err);
}

static int set(const char *hostname, bool outside, bool complete,
	       struct vc_error *err)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct names s = { hostname, outside, complete, root, -1 };

	if (!is_hostname(hostname))
		return vc_fail(err, 0, "'%s' is no host name", hostname);
	if (sethostname(hostname, strlen(hostname)) < 0)
		return vc_fail(err, errno, "cannot set the host name");
	return write_all_names(&s, err);
}

int names_set_resolvers(const struct buf *text, struct vc_error *err)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int etc = open_etc(root, err);

	if (etc < 0)
		return -1;
	return write_file_at(etc, "resolv.conf", 0644, buf_ptr(text),
			     text->len, err);
}

int names_set(const char *hostname, bool outside, struct vc_error *err)
{
	return set(hostname, outside, false, err);
}

/* The first line of the image's /etc/hostname, or NULL. */
static char *own_name(void)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *name = NULL;

	if (inside_read(root, "etc/hostname", 4096, &b, &err) < 0 || !b.len)
		return NULL;
	name = xstrndup(buf_ptr(&b), strcspn(buf_ptr(&b), " \t\r\n"));
	return is_hostname(name) ? steal_ptr(name) : NULL;
}

int names_complete(const char *hostname, bool outside, struct vc_error *err)
{
	_cleanup_free_ char *own = own_name();

	return set(own ? own : hostname, outside, true, err);
}
