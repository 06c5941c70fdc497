/*
 * The agent of ours and a busybox for images that have no tools, in one
 * directory beside everything of the image.  The paths are guest/gondolin.h's.
 */
#include "convert/inject.h"

#include <stdlib.h>
#include <string.h>

#include "convert/initramfs_read.h"
#include "vc/fs.h"
#include "vc/io.h"
#include "vc/util.h"

#define AGENT INJECT_HOME "/agent"
#define BUSYBOX INJECT_HOME "/busybox"
#define IMAGE_INIT INJECT_HOME "/image-init"
#define PROGRAM_MAX (64u * 1024u * 1024u)

/* What Gondolin's own scripts run in a guest, and what one misses first in an
 * image without tools. */
static const char *const applets[] = {
	"[",	  "ash",    "awk",	"basename", "cat",   "chmod",  "chown",
	"chroot", "clear",  "cmp",	"cp",	    "cut",   "date",   "dd",
	"df",	  "diff",   "dirname",	"dmesg",    "du",    "echo",   "env",
	"expr",	  "false",  "find",	"free",	    "grep",  "gunzip", "gzip",
	"head",	  "hexdump", "hostname", "id",	    "ifconfig", "install",
	"ip",	  "kill",   "less",	"ln",	    "ls",    "md5sum", "mkdir",
	"mktemp", "more",   "mount",	"mv",	    "nc",    "netstat",
	"nslookup", "od",   "pidof",	"ping",	    "printf", "ps",    "pwd",
	"readlink", "realpath", "rm",	"rmdir",    "route", "sed",    "seq",
	"sh",	  "sha256sum", "sleep", "sort",	    "stat",  "stty",   "sync",
	"tail",	  "tar",    "tee",	"test",	    "timeout", "top",  "touch",
	"tr",	  "true",   "tty",	"umount",   "uname", "uniq",   "unzip",
	"uptime", "vi",	    "wc",	"wget",	    "which", "who",    "whoami",
	"xargs",  "yes",    "zcat",
};

/* A relative link of the root's means the same from the directory below when
 * it begins at the root. */
static int move_link(struct graft *g, const char *target, struct vc_error *err)
{
	_cleanup_free_ char *whole = path_join("/", target);

	return graft_link(g, IMAGE_INIT, whole, err);
}

int inject_keep_init(struct graft *g, struct vc_error *err)
{
	struct tree_node *n = tree_resolve(g->tree, "/init", false);

	if (!n)
		return 0;
	if (n->inode->type == INODE_DIR)
		return vc_fail(err, 0, "the image's '/init' is a directory: "
			       "such an image cannot be a guest");
	if (n->inode->type == INODE_SYMLINK)
		return move_link(g, n->inode->target, err);
	return graft_move(g, "/init", IMAGE_INIT, err);
}

/* Mount points, for roots that cannot be written to. */
static int add_mount_points(struct graft *g, struct vc_error *err)
{
	static const struct {
		const char *path;
		unsigned mode;
	} dirs[] = { { "/dev", 0755 }, { "/etc", 0755 },   { "/proc", 0555 },
		     { "/run", 0755 }, { "/sys", 0555 },   { "/tmp", 01777 },
		     { "/data", 0755 }, { "/root", 0700 } };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (!graft_there(g, dirs[i].path) &&
		    !graft_dir(g, dirs[i].path, dirs[i].mode, err))
			return -1;
	return 0;
}

static int add_agent(const struct convert *c, struct graft *g,
		     struct vc_error *err)
{
	_cleanup_free_ char *initramfs = path_join(c->our_guest, "initramfs");
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (initramfs_read(initramfs, "init", PROGRAM_MAX, &b, err) < 0)
		return -1;
	return graft_file(g, AGENT, 0755, buf_ptr(&b), b.len, err);
}

static int add_tools(const struct convert *c, struct graft *g,
		     struct vc_error *err)
{
	_cleanup_free_ char *root = path_join(c->our_guest, "rootfs.squashfs");
	struct graft quiet = *g; /* the links are one thing, and are said so */
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (squashfs_read_file(root, "/usr/bin/busybox", PROGRAM_MAX, &b,
			       err) < 0) {
		err->status = CONVERT_EXIT_GUEST;
		return -1;
	}
	if (graft_file(g, BUSYBOX, 0755, buf_ptr(&b), b.len, err) < 0 ||
	    !graft_dir(g, INJECT_BIN, 0755, err))
		return -1;
	quiet.files = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(applets); i++) {
		_cleanup_free_ char *path = path_join(INJECT_BIN, applets[i]);

		if (graft_link(&quiet, path, "../busybox", err) < 0)
			return -1;
	}
	/* what Gondolin looks for before it grows the root's disk, and before
	 * it forwards connections to sshd */
	if (graft_link(&quiet, INJECT_BIN "/resize2fs", "../agent", err) < 0)
		return -1;
	return graft_link(&quiet, INJECT_BIN "/sandboxssh", "../agent", err);
}

/* NUL between them, since a value may be of several lines. */
static int add_env(const struct convert_result *r, struct graft *g,
		   struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < r->runtime.env.n; i++)
		buf_add(&b, r->runtime.env.v[i],
			strlen(r->runtime.env.v[i]) + 1);
	return graft_file(g, INJECT_HOME "/env", 0644, buf_ptr(&b), b.len, err);
}

/* With sshd, a login shell's PATH is not the agent's. */
static int add_ssh(struct graft *g, struct vc_error *err)
{
	if (!graft_there(g, "/usr/sbin/sshd") ||
	    graft_there(g, "/usr/bin/sandboxssh"))
		return 0;
	return graft_link(g, "/usr/bin/sandboxssh", AGENT, err);
}

static int add_ours(const struct convert *c, const struct convert_result *r,
		    struct graft *g, struct vc_error *err)
{
	struct tree_node *init = tree_resolve(g->tree, "/init", false);

	if (add_mount_points(g, err) < 0 || add_agent(c, g, err) < 0 ||
	    add_tools(c, g, err) < 0 || add_env(r, g, err) < 0 ||
	    add_ssh(g, err) < 0)
		return -1;
	/* only for whoever boots the root with a kernel of Gondolin's */
	if (init && init->inode->type == INODE_DIR)
		return 0;
	if (inject_keep_init(g, err) < 0)
		return -1;
	return graft_link(g, "/init", AGENT, err);
}

/* One that was converted already: what is in it is ours, and old. */
static int remove_ours(struct graft *g, struct vc_error *err)
{
	struct tree_node *old = tree_resolve(g->tree, INJECT_HOME, false);
	struct tree_node *init = tree_resolve(g->tree, "/init", false);
	bool ours = init && init->inode->type == INODE_SYMLINK &&
		    str_eq(init->inode->target, AGENT);

	if (ours && tree_resolve(g->tree, IMAGE_INIT, false)) {
		if (graft_move(g, IMAGE_INIT, "/init", err) < 0)
			return -1;
	} else if (ours) {
		tree_remove(g->tree, init);
	}
	if (old)
		tree_remove(g->tree, old);
	return 0;
}

int inject_gondolin(const struct convert *c, struct convert_result *r,
		    struct tree *t, struct spool *spool, struct vc_error *err)
{
	struct graft g = { .tree = t, .spool = spool,
			   .mtime = r->epoch > 0 ? r->epoch : 0 };
	int failed;

	if (c->agent == AGENT_NONE)
		return 0;
	if (remove_ours(&g, err) < 0)
		return -1;
	g.files = &r->injected_files;
	g.dirs = &r->injected_dirs;
	failed = c->agent == AGENT_BASE ? inject_base(c, r, &g, err) :
					  add_ours(c, r, &g, err);
	if (failed && !err->status)
		err->status = CONVERT_EXIT_OUTPUT;
	return failed ? vc_wrap(err, "add what a guest runs by") : 0;
}
