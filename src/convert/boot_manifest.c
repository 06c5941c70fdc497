/* See boot_manifest.h. */
#include "convert/boot_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "oci/json.h"
#include "vc/convert.h"
#include "vc/io.h"
#include "vc/util.h"

#define MANIFEST "manifest.json"
#define WORDS_MAX 100000u

/* A name, and of a file that is one: a link could hand the guest any file of
 * the host's as its disk. */
static int asset(struct json_object *assets, const char *key, const char *dir,
		 char **ret, struct vc_error *err)
{
	_cleanup_free_ char *path = NULL;
	const char *name;
	struct stat st;

	if (jdoc_text(assets, key, &name, err) < 0)
		return -1;
	if (!name) {
		vc_fail(err, 0, "it has no %s: convert with '--mode assets'",
			key);
		err->status = CONVERT_EXIT_GUEST;
		return -1;
	}
	if (!*name || *name == '.' || strchr(name, '/'))
		return vc_fail(err, 0, "'%.100s' is not the name of a file of "
			       "the directory", name);
	path = path_join(dir, name);
	if (lstat(path, &st) < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return vc_fail(err, 0, "'%s' is not a regular file", path);
	*ret = steal_ptr(path);
	return 0;
}

static int read_assets(struct json_object *o, const char *dir,
		       struct boot_manifest *m, struct vc_error *err)
{
	struct json_object *assets;

	if (jdoc_object(o, "assets", &assets, err) < 0)
		return -1;
	if (!assets)
		return vc_fail(err, 0, "'assets' is missing");
	if (asset(assets, "rootfs", dir, &m->rootfs, err) < 0 ||
	    asset(assets, "kernel", dir, &m->kernel, err) < 0 ||
	    asset(assets, "initramfs", dir, &m->initramfs, err) < 0)
		return -1;
	return 0;
}

static int read_config(struct json_object *o, struct boot_manifest *m,
		       struct vc_error *err)
{
	const char *arch = NULL, *cmdline = NULL;
	struct json_object *config;

	if (jdoc_object(o, "config", &config, err) < 0)
		return -1;
	if (config && (jdoc_text(config, "arch", &arch, err) < 0 ||
		       jdoc_text(config, "cmdline", &cmdline, err) < 0))
		return -1;
	if (!str_eq(arch, "x86_64") && !str_eq(arch, "aarch64"))
		return vc_fail(err, 0, "'config.arch' is '%.40s': x86_64 and "
			       "aarch64 can be run", arch ? arch : "");
	m->arch = xstrdup(arch);
	m->cmdline = cmdline ? xstrdup(cmdline) : NULL;
	return 0;
}

/* Words of an image may be in any encoding, but have no NUL. */
static int word(struct json_object *v, const char *what, char **ret,
		struct vc_error *err)
{
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return vc_fail(err, 0, "'%s' is not text", what);
	s = json_object_get_string(v);
	if (strlen(s) != (size_t)json_object_get_string_len(v))
		return vc_fail(err, 0, "'%s' has a NUL character", what);
	*ret = xstrdup(s);
	return 0;
}

static int words(struct json_object *o, const char *key, struct strv *ret,
		 struct vc_error *err)
{
	struct json_object *array;
	char *w = NULL;

	if (jdoc_array(o, key, WORDS_MAX, &array, err) < 0)
		return -1;
	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		if (word(json_object_array_get_idx(array, i), key, &w, err) < 0)
			return -1;
		strv_add_take(ret, w);
	}
	return 0;
}

static int text(struct json_object *o, const char *key, const char *otherwise,
		char **ret, struct vc_error *err)
{
	struct json_object *v;

	if (jdoc_has(o, key) && json_object_object_get_ex(o, key, &v))
		return word(v, key, ret, err);
	*ret = xstrdup(otherwise);
	return 0;
}

static int read_runtime(struct json_object *o, struct image_runtime *r,
			struct vc_error *err)
{
	struct json_object *run;

	if (jdoc_object(o, "runtime", &run, err) < 0)
		return -1;
	if (!run)
		return vc_fail(err, 0, "'runtime' is missing");
	if (words(run, "entrypoint", &r->entrypoint, err) < 0 ||
	    words(run, "cmd", &r->cmd, err) < 0 ||
	    words(run, "env", &r->env, err) < 0 ||
	    text(run, "workdir", "/", &r->workdir, err) < 0 ||
	    text(run, "user", "", &r->user, err) < 0)
		return -1;
	if (!r->workdir || *r->workdir != '/')
		return vc_fail(err, 0, "'workdir' is not an absolute path");
	return 0;
}

static int read_all(const char *dir, struct boot_manifest *m,
		    struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_free_ char *path = path_join(dir, MANIFEST);
	_cleanup_buf_ struct buf b = BUF_INIT;
	uint64_t version;

	if (read_file_at(AT_FDCWD, path, JSON_MAX_SIZE, &b, err) < 0)
		return vc_wrap(err, "this is no result of a conversion with "
			       "assets");
	o = jdoc_parse(b.len ? buf_ptr(&b) : "", b.len, err);
	if (!o || !json_object_is_type(o, json_type_object)) {
		if (o)
			vc_fail(err, 0, "not a JSON object");
		return vc_wrap(err, "'%s'", path);
	}
	if (jdoc_size(o, "version", &version, err) < 0)
		return vc_wrap(err, "'%s'", path);
	if (version != 1)
		return vc_fail(err, 0, "'%s': version %llu is unknown here",
			       path, (unsigned long long)version);
	if (read_assets(o, dir, m, err) < 0 || read_config(o, m, err) < 0 ||
	    read_runtime(o, &m->runtime, err) < 0)
		return vc_wrap(err, "'%s'", path);
	return 0;
}

int boot_manifest_read(const char *dir, struct boot_manifest *ret,
		       struct vc_error *err)
{
	struct boot_manifest m = { 0 };

	if (read_all(dir, &m, err) < 0) {
		boot_manifest_release(&m);
		return -1;
	}
	*ret = m;
	return 0;
}

void boot_manifest_release(struct boot_manifest *m)
{
	free(m->kernel);
	free(m->initramfs);
	free(m->rootfs);
	free(m->arch);
	free(m->cmdline);
	strv_release(&m->runtime.entrypoint);
	strv_release(&m->runtime.cmd);
	strv_release(&m->runtime.env);
	free(m->runtime.user);
	free(m->runtime.workdir);
	*m = (struct boot_manifest){ 0 };
}
