/* See guest_base.h. */
#include "convert/guest_base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oci/json.h"
#include "vc/convert.h"
#include "vc/io.h"
#include "vc/util.h"

void guest_base_release(struct guest_base *b)
{
	free(b->kernel);
	free(b->initramfs);
	free(b->rootfs);
}

/* A name in the directory, not a way out of it. */
static int get_name(struct json_object *assets, const char *key,
		    const char *fallback, const char **ret,
		    struct vc_error *err)
{
	if (!assets) {
		*ret = fallback;
		return 0;
	}
	if (jdoc_text(assets, key, ret, err) < 0)
		return -1;
	if (!*ret || !**ret || strchr(*ret, '/') || str_eq(*ret, "..") ||
	    str_eq(*ret, "."))
		return vc_fail(err, 0, "'assets.%s' is not the name of a file",
			       key);
	return 0;
}

static int check_arch(struct json_object *o, const char *arch,
		      struct vc_error *err)
{
	struct json_object *config;
	const char *own = NULL;

	if (jdoc_object(o, "config", &config, err) < 0 ||
	    (config && jdoc_text(config, "arch", &own, err) < 0))
		return -1;
	if (own && !str_eq(own, arch))
		return vc_fail(err, 0, "it is a guest for %.40s, not for %s",
			       own, arch);
	return 0;
}

static int find(const char *dir, const char *name, char **ret,
		struct vc_error *err)
{
	_cleanup_free_ char *path = path_join(dir, name);
	struct stat st;

	if (stat(path, &st) < 0)
		return vc_fail(err, errno, "'%s' is missing: run Gondolin once, "
			       "or name another '--guest-dir'", path);
	if (!S_ISREG(st.st_mode))
		return vc_fail(err, 0, "'%s' is not a regular file", path);
	*ret = steal_ptr(path);
	return 0;
}

static int find_all(const char *dir, struct json_object *manifest,
		    const char *arch, struct guest_base *b,
		    struct vc_error *err)
{
	const char *kernel, *initramfs, *rootfs;
	struct json_object *assets = NULL;

	if (manifest && (check_arch(manifest, arch, err) < 0 ||
			 jdoc_object(manifest, "assets", &assets, err) < 0))
		return -1;
	if (get_name(assets, "kernel", "vmlinuz-virt", &kernel, err) < 0 ||
	    get_name(assets, "initramfs", "initramfs.cpio.lz4", &initramfs,
		     err) < 0 ||
	    get_name(assets, "rootfs", "rootfs.ext4", &rootfs, err) < 0)
		return -1;
	if (find(dir, kernel, &b->kernel, err) < 0 ||
	    find(dir, initramfs, &b->initramfs, err) < 0 ||
	    find(dir, rootfs, &b->rootfs, err) < 0)
		return -1;
	return 0;
}

/* *ret is NULL when there is none: older guests have no manifest. */
static int read_manifest(const char *dir, struct json_object **ret,
			 struct vc_error *err)
{
	_cleanup_free_ char *path = path_join(dir, "manifest.json");
	_cleanup_buf_ struct buf b = BUF_INIT;

	*ret = NULL;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (read_file_at(AT_FDCWD, path, JSON_MAX_SIZE, &b, err) < 0)
		return -1;
	*ret = jdoc_parse(b.len ? buf_ptr(&b) : "", b.len, err);
	return *ret ? 0 : vc_wrap(err, "'%s'", path);
}

int guest_base_open(const char *dir, const char *arch, struct guest_base *ret,
		    struct vc_error *err)
{
	_cleanup_json_ struct json_object *manifest = NULL;
	_cleanup_guest_base_ struct guest_base b = { 0 };

	if (read_manifest(dir, &manifest, err) < 0 ||
	    find_all(dir, manifest, arch, &b, err) < 0) {
		err->status = CONVERT_EXIT_GUEST;
		return vc_wrap(err, "guest files in '%s'", dir);
	}
	*ret = b;
	b = (struct guest_base){ 0 };
	return 0;
}
