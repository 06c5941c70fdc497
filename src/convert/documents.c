/*
 * meta.json, manifest.json and what is printed: the documents of oci2gondolin,
 * and in manifest.json what Gondolin (its host/src/build/config.ts) wants.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "convert/json_out.h"
#include "vc/convert.h"
#include "vc/io.h"
#include "vc/util.h"

#define LABEL "gondolin-root"

/* Without "." and ".." and double slashes, as Node's path.resolve() makes
 * it: no link is looked at. */
static char *absolute(const char *path)
{
	_cleanup_free_ char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);
	_cleanup_free_ char *whole = path_join(cwd ? cwd : "/", path);
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *rest = whole, *part;

	while ((part = strsep(&rest, "/"))) {
		if (!*part || str_eq(part, "."))
			continue;
		if (!str_eq(part, "..")) {
			buf_add_char(&out, '/');
			buf_add_str(&out, part);
			continue;
		}
		while (out.len && buf_ptr(&out)[--out.len] != '/')
			;
	}
	return out.len ? xstrndup(buf_ptr(&out), out.len) : xstrdup("/");
}

static char *in_out_dir(const struct convert *c, const char *name)
{
	_cleanup_free_ char *dir = absolute(c->out_dir);

	return path_join(dir, name);
}

static char *source_text(const struct convert *c)
{
	if (c->source_kind == SOURCE_IMAGE || str_eq(c->source, "-"))
		return xstrdup(c->source);
	return absolute(c->source);
}

static const char *platform(const struct convert *c)
{
	return str_eq(c->arch, "aarch64") ? "linux/arm64" : "linux/amd64";
}

static const char *mode(const struct convert *c)
{
	return c->assets ? "assets" : "rootfs";
}

static void put_source(struct json_out *j, const struct convert *c)
{
	_cleanup_free_ char *text = source_text(c);

	jout_open(j, "source", '{');
	jout_text(j, "kind", source_kind_name(c->source_kind));
	jout_text(j, c->source_kind == SOURCE_IMAGE ? "ref" : "path", text);
	if (c->tag)
		jout_text(j, "tag", c->tag);
	jout_close(j, '}');
}

static void put_time(struct json_out *j, const char *key, int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[64] = "";
	struct tm tm;

	/* JavaScript's form of ISO 8601, which has milliseconds */
	if (!gmtime_r(&t, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000Z", &tm))
		text[0] = '\0';
	jout_text(j, key, text);
}

static void put_runtime(struct json_out *j, const struct image_runtime *r)
{
	jout_open(j, "runtime", '{');
	jout_texts(j, "entrypoint", &r->entrypoint);
	jout_texts(j, "cmd", &r->cmd);
	jout_texts(j, "env", &r->env);
	jout_text(j, "workdir", r->workdir ? r->workdir : "/");
	jout_text(j, "user", r->user ? r->user : "");
	jout_close(j, '}');
}

/* Relative to the root, as the paths were always given. */
static void put_paths(struct json_out *j, const char *key, const struct strv *v)
{
	jout_open(j, key, '[');
	for (size_t i = 0; i < v->n; i++)
		jout_text(j, NULL, v->v[i] + strspn(v->v[i], "/"));
	jout_close(j, ']');
}

char *convert_meta_json(const struct convert *c, const struct convert_result *r)
{
	struct json_out j = { 0 };

	jout_open(&j, NULL, '{');
	jout_int(&j, "schemaVersion", 1);
	put_time(&j, "generatedAt", r->epoch);
	put_source(&j, c);
	jout_text_or_null(&j, "sourceDigest", r->source_digest);
	jout_text(&j, "platform", r->platform ? r->platform : platform(c));
	jout_text(&j, "mode", mode(c));
	put_runtime(&j, &r->runtime);
	jout_open(&j, "runtimeInjection", '{');
	jout_text_or_null(&j, "baseRootfsPath", r->base_rootfs);
	put_paths(&j, "injectedFiles", &r->injected_files);
	put_paths(&j, "injectedDirectories", &r->injected_dirs);
	jout_close(&j, '}');
	jout_close(&j, '}');
	return jout_finish(&j);
}

static void put_assets(struct json_out *j, const struct convert_result *r)
{
	jout_open(j, "assets", '{');
	jout_text_or_null(j, "kernel", r->kernel);
	jout_text_or_null(j, "initramfs", r->initramfs);
	jout_text_or_null(j, "rootfs", r->rootfs);
	jout_close(j, '}');
	jout_open(j, "checksums", '{');
	jout_text(j, "kernel", r->kernel_sha256);
	jout_text(j, "initramfs", r->initramfs_sha256);
	jout_text(j, "rootfs", r->rootfs_sha256);
	jout_close(j, '}');
}

/* What Gondolin would have been told to build this. */
static void put_config(struct json_out *j, const struct convert *c,
		       const struct convert_result *r)
{
	_cleanup_free_ char *image = source_text(c);
	const char *label = c->fs_options.label;

	jout_open(j, "config", '{');
	jout_text(j, "arch", c->arch);
	jout_text(j, "distro", "alpine");
	jout_open(j, "oci", '{');
	jout_text(j, "image", image);
	jout_text(j, "platform", r->platform ? r->platform : platform(c));
	jout_close(j, '}');
	jout_open(j, "rootfs", '{');
	jout_text(j, "label", label ? label : LABEL);
	jout_close(j, '}');
	jout_texts(j, "env", &r->runtime.env);
	if (c->cmdline)
		jout_text(j, "cmdline", c->cmdline);
	jout_close(j, '}');
}

static void put_oci_source(struct json_out *j, const struct convert *c,
			   const struct convert_result *r)
{
	_cleanup_free_ char *image = source_text(c);

	jout_open(j, "ociSource", '{');
	jout_text(j, "image", image);
	jout_text(j, "platform", r->platform ? r->platform : platform(c));
	if (r->source_digest)
		jout_text(j, "digest", r->source_digest);
	jout_close(j, '}');
}

char *convert_manifest_json(const struct convert *c,
			    const struct convert_result *r)
{
	struct json_out j = { 0 };
	char id[37];

	gondolin_build_id(r, c->arch, id);
	jout_open(&j, NULL, '{');
	jout_int(&j, "version", 1);
	jout_text(&j, "buildId", id);
	put_config(&j, c, r);
	put_time(&j, "buildTime", r->epoch);
	put_assets(&j, r);
	jout_open(&j, "runtimeDefaults", '{');
	jout_text(&j, "rootfsMode", c->fs == FS_EXT4 ? "cow" : "readonly");
	jout_close(&j, '}');
	put_oci_source(&j, c, r);
	jout_open(&j, "source", '{');
	jout_text_or_null(&j, "digest", r->source_digest);
	jout_text(&j, "platform", r->platform ? r->platform : platform(c));
	jout_close(&j, '}');
	put_runtime(&j, &r->runtime);
	jout_close(&j, '}');
	return jout_finish(&j);
}

static void put_files(struct json_out *j, const struct convert *c,
		      const struct convert_result *r)
{
	const char *names[] = { r->rootfs, "meta.json", r->kernel, r->initramfs,
				c->assets ? "manifest.json" : NULL };

	jout_open(j, "files", '[');
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path =
			names[i] ? in_out_dir(c, names[i]) : NULL;

		if (path)
			jout_text(j, NULL, path);
	}
	jout_close(j, ']');
}

static void put_place(struct json_out *j, const struct convert *c,
		      const char *key, const char *name)
{
	_cleanup_free_ char *path = in_out_dir(c, name);

	jout_text(j, key, path);
}

static void put_out_dir(struct json_out *j, const struct convert *c)
{
	_cleanup_free_ char *dir = absolute(c->out_dir);

	jout_text(j, "outDir", dir);
}

char *convert_result_json(const struct convert *c,
			  const struct convert_result *r)
{
	struct json_out j = { 0 };

	jout_open(&j, NULL, '{');
	jout_text(&j, "command", c->command);
	put_source(&j, c);
	jout_text_or_null(&j, "sourceDigest", r->source_digest);
	jout_text(&j, "platform", r->platform ? r->platform : platform(c));
	jout_text(&j, "mode", mode(c));
	put_out_dir(&j, c);
	put_place(&j, c, "rootfsPath", r->rootfs);
	put_place(&j, c, "metadataPath", "meta.json");
	if (c->assets)
		put_place(&j, c, "assetManifestPath", "manifest.json");
	put_files(&j, c, r);
	jout_close(&j, '}');
	return jout_finish(&j);
}

char *convert_dry_run_json(const struct convert *c)
{
	static const struct {
		const char *id, *stage, *description;
	} steps[] = {
		{ "resolve-manifest", "resolver",
		  "Find the image's manifest for the platform." },
		{ "fetch-and-verify-blobs", "puller",
		  "Fetch its config and layers and compare their digests." },
		{ "apply-layers", "layer-apply",
		  "Merge the layers, whiteouts and links as the image has them." },
		{ "inject-runtime-and-build-ext4", "materialize",
		  "Add what the guest runs by, and write the file system." },
		{ "emit-output", "materialize",
		  "Write meta.json and, with assets, kernel, initramfs and "
		  "manifest.json." },
	};
	struct json_out j = { 0 };

	jout_open(&j, NULL, '{');
	jout_text(&j, "command", c->command);
	jout_bool(&j, "dryRun", true);
	put_source(&j, c);
	jout_text(&j, "platform", platform(c));
	jout_text(&j, "mode", mode(c));
	put_out_dir(&j, c);
	jout_open(&j, "steps", '[');
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		jout_open(&j, NULL, '{');
		jout_text(&j, "id", steps[i].id);
		jout_text(&j, "stage", steps[i].stage);
		jout_text(&j, "description", steps[i].description);
		jout_text(&j, "implementation", "implemented");
		jout_close(&j, '}');
	}
	jout_close(&j, ']');
	jout_close(&j, '}');
	return jout_finish(&j);
}
