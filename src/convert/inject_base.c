/*
 * --agent base: what Gondolin's own builder puts into a root, taken from a
 * base it has built.
 */
#include <string.h>

#include "convert/ext4_read.h"
#include "convert/guest_base.h"
#include "convert/inject.h"
#include "vc/io.h"
#include "vc/util.h"

static const char *const helpers[] = { "/init", "/usr/bin/sandboxd",
				       "/usr/bin/sandboxfs",
				       "/usr/bin/sandboxssh" };

/* Not in every version: the loader and the libraries of helpers that are
 * linked with them, and what loads modules. */
static const char *const optional[] = {
	"/usr/bin/sandboxingress",   "/lib/ld-musl-x86_64.so.1",
	"/lib/ld-musl-aarch64.so.1", "/bin/kmod",
	"/usr/lib/libcrypto.so.3",   "/usr/lib/liblzma.so.5",
	"/usr/lib/libz.so.1",	     "/usr/lib/libzstd.so.1",
};

/* What the script /init runs; from the base's busybox, if the image has not
 * its own. */
static const char *const tools[] = {
	"sh",	"basename", "cat",    "chmod", "cp",  "cut",   "grep",
	"id",	"ip",	    "ls",     "ln",    "mkdir", "mknod", "mount",
	"printf", "ps",	    "rm",     "seq",   "sleep", "tr",	"udhcpc",
};

static bool has_tool(const struct graft *g, const char *name)
{
	static const char *const dirs[] = { "/bin", "/usr/bin", "/sbin",
					    "/usr/sbin" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *path = path_join(dirs[i], name);

		if (graft_there(g, path))
			return true;
	}
	return false;
}

static int add_tools(struct ext4_image *e, struct graft *g,
		     struct vc_error *err)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		_cleanup_free_ char *path = path_join("/bin", tools[i]);

		if (has_tool(g, tools[i]))
			continue;
		if (graft_link(g, path, INJECT_HOME "/busybox", err) < 0)
			return -1;
		any = true;
	}
	if (!any)
		return 0;
	return ext4_image_graft(e, "/bin/busybox", g, INJECT_HOME "/busybox",
				0755, err);
}

static int add_files(struct ext4_image *e, struct graft *g,
		     struct vc_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
		if (ext4_image_graft(e, helpers[i], g, helpers[i], 0755, err) <
		    0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
		if (ext4_image_has(e, optional[i]) &&
		    !graft_there(g, optional[i]) &&
		    ext4_image_graft(e, optional[i], g, optional[i], 0755,
				     err) < 0)
			return -1;
	if (graft_there(g, "/bin/kmod") && !has_tool(g, "modprobe"))
		return graft_link(g, "/sbin/modprobe", "/bin/kmod", err);
	return 0;
}

/* What a shell takes as the name of a variable; another would be a command of
 * the image's to every login shell. */
static bool is_name(const char *s, size_t len)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				    "abcdefghijklmnopqrstuvwxyz";

	return len && strchr(first, *s) &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
			 "abcdefghijklmnopqrstuvwxyz0123456789") == len;
}

/* Where Gondolin's builder puts it, for its login shells. */
static int add_env(const struct convert_result *r, struct graft *g,
		   struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < r->runtime.env.n; i++) {
		const char *v = r->runtime.env.v[i];
		size_t name = strcspn(v, "=");

		if (!is_name(v, name))
			continue;
		buf_add_str(&b, "export ");
		buf_add(&b, v, name);
		buf_add_str(&b, "='");
		for (const char *p = v + name + (v[name] == '='); *p; p++)
			buf_add_str(&b, *p == '\'' ? "'\\''" :
						     (char[]){ *p, '\0' });
		buf_add_str(&b, "'\n");
	}
	if (!b.len)
		return 0;
	return graft_file(g, "/etc/profile.d/gondolin-image-env.sh", 0644,
			  buf_ptr(&b), b.len, err);
}

static int add_all(struct ext4_image *e, const struct convert_result *r,
		   struct graft *g, struct vc_error *err)
{
	struct strv *files = g->files, *dirs = g->dirs;
	int failed = 0;

	if (inject_keep_init(g, err) < 0 || add_files(e, g, err) < 0 ||
	    add_tools(e, g, err) < 0 || add_env(r, g, err) < 0)
		return -1;
	/* thousands of files, said as the one directory they are in */
	g->files = g->dirs = NULL;
	if (ext4_image_has(e, "/lib/modules"))
		failed = ext4_image_graft_dir(e, "/lib/modules", g,
					      "/lib/modules", err);
	g->files = files;
	g->dirs = dirs;
	if (!failed)
		strv_add(dirs, "/lib/modules");
	return failed;
}

int inject_base(const struct convert *c, struct convert_result *r,
		struct graft *g, struct vc_error *err)
{
	_cleanup_guest_base_ struct guest_base b = { 0 };
	_cleanup_ext4_image_ struct ext4_image *e = NULL;

	if (!c->guest_dir)
		return vc_fail_usage(err, "the agent of a base needs one: name "
				     "it with '--guest-dir'");
	if (guest_base_open(c->guest_dir, c->arch, &b, err) < 0)
		return -1;
	if (ext4_image_open(b.rootfs, &e, err) < 0 ||
	    add_all(e, r, g, err) < 0) {
		err->status = CONVERT_EXIT_GUEST;
		return -1;
	}
	r->base_rootfs = steal_ptr(b.rootfs);
	return 0;
}
