/* The conversion from end to end; docs/architecture.md draws it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "convert_private.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"

void convert_result_release(struct convert_result *r)
{
	free(r->source_digest);
	free(r->platform);
	free(r->base_rootfs);
	image_runtime_release(&r->runtime);
	strv_release(&r->injected_files);
	strv_release(&r->injected_dirs);
	*r = (struct convert_result){ 0 };
}

static const char *rootfs_name(const struct convert *c)
{
	static const char *const raw[] = {
		[FS_EXT4] = "rootfs.ext4",   [FS_SQUASHFS] = "rootfs.squashfs",
		[FS_EROFS] = "rootfs.erofs", [FS_TAR] = "rootfs.tar",
		[FS_CPIO] = "rootfs.cpio",
	};

	return c->qcow2 ? "rootfs.qcow2" : raw[c->fs];
}

/* Everything that is refused before anything is read. */
static int check_outputs(const struct convert *c, const struct outputs *o,
			 struct vc_error *err)
{
	const char *const names[] = { rootfs_name(c), "meta.json",
				      "manifest.json", "kernel", "initramfs" };

	if (c->force)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (outputs_exists(o, names[i]))
			return vc_fail(err, 0, "'%s/%s' exists: --force "
					       "replaces it", c->out_dir,
				       names[i]);
	return 0;
}

static void copy_runtime(const struct image_runtime *from,
			 struct image_runtime *to)
{
	strv_add_all(&to->entrypoint, from->entrypoint.v);
	strv_add_all(&to->cmd, from->cmd.v);
	strv_add_all(&to->env, from->env.v);
	to->user = xstrdup(from->user);
	to->workdir = xstrdup(from->workdir);
	to->stop_signal = xstrdup(from->stop_signal);
}

static void describe(const struct convert *c, const struct image_source *s,
		     struct convert_result *r)
{
	const char *digest = s->registry ? registry_image_digest(s->registry) :
					   image_pick_digest(s->pick);

	if (digest)
		r->source_digest = xstrdup(digest);
	r->platform = xstrdup(image_pick_platform(s->pick));
	r->epoch = c->epoch >= 0 ? c->epoch : (int64_t)time(NULL);
	copy_runtime(image_pick_runtime(s->pick), &r->runtime);
}

/* --- the tree ---------------------------------------------------------------- */

static int read_tree(const struct convert *c, const struct image_source *s,
		     struct tree *t, struct spools *spools,
		     struct convert_result *r, struct vc_error *err)
{
	char *sum;

	if (read_layers(s->pick, c->out_dir, &c->limits, t, spools, &sum,
			err) < 0) {
		vc_wrap(err, "%s", s->label);
		return with_status(err, CONVERT_EXIT_POLICY);
	}
	if (!r->source_digest)
		r->source_digest = sum;
	else
		free(sum);
	return 0;
}

/* What we put in ourselves: its data is in one more spool. */
static int change_tree(const struct convert *c, struct tree *t,
		       struct spool *spool, int64_t mtime,
		       struct convert_result *r, struct vc_error *err)
{
	if (customise_tree(c, t, spool, mtime, err) < 0)
		return -1;
	if (c->vm == VM_GONDOLIN && c->agent != AGENT_NONE)
		return inject_gondolin(c, r, t, spool, err);
	return 0;
}

/* --- the file system ----------------------------------------------------------- */

static char *identity(const struct convert *c, const struct convert_result *r)
{
	return xasprintf("%s\n%s\n", r->source_digest ? r->source_digest :
							c->source,
			 r->platform);
}

static int write_raw(const struct convert *c, const struct tree *t,
		     const struct fs_options *o, const char *path,
		     struct vc_error *err)
{
	progress("writing %s", fs_kind_name(c->fs));
	return fs_write(c->fs, t, o, path, err);
}

static int write_qcow2(const struct convert *c, const struct tree *t,
		       const struct fs_options *o, const char *path,
		       struct vc_error *err)
{
	_cleanup_close_ int raw = open_unnamed(c->out_dir, err);
	_cleanup_free_ char *raw_path = NULL;

	if (raw < 0)
		return -1;
	raw_path = xasprintf("/proc/%d/fd/%d", (int)getpid(), raw);
	if (write_raw(c, t, o, raw_path, err) < 0)
		return -1;
	return fs_make_qcow2(raw_path, path, err);
}

static int write_rootfs(const struct convert *c, const struct tree *t,
			int64_t created, struct outputs *o,
			struct convert_result *r, struct vc_error *err)
{
	_cleanup_free_ char *id = identity(c, r);
	struct fs_options options = c->fs_options;
	static const uint8_t none[16];
	struct output *f = outputs_add(o, rootfs_name(c), err);

	if (!f)
		return -1;
	if (!memcmp(options.uuid, none, sizeof(none)))
		derive_uuid(id, options.uuid);
	options.epoch = c->epoch >= 0 ? c->epoch : created;
	if ((c->qcow2 ? write_qcow2 : write_raw)(c, t, &options, f->path,
						 err) < 0)
		return vc_wrap(err, "cannot write '%s/%s'", c->out_dir,
			       f->name);
	r->rootfs = rootfs_name(c);
	if (c->assets && output_sha256(f, r->rootfs_sha256, err) < 0)
		return -1;
	return 0;
}

/* --- the other files ----------------------------------------------------------- */

/* assets_*() write into a directory; nameless files have none.  They get the
 * output directory and temporary names of theirs are taken over here. */
static int adopt(struct outputs *o, int dirfd, const char *name, char sum[65],
		 struct vc_error *err)
{
	_cleanup_close_ int from = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	struct output *f = outputs_add(o, name, err);
	ssize_t n;

	if (!f)
		return -1;
	if (from < 0)
		return vc_fail(err, errno, "cannot open '%s'", name);
	while ((n = copy_file_range(from, NULL, f->fd, NULL, 1u << 30, 0)) > 0)
		;
	if (n < 0)
		return vc_fail(err, errno, "cannot copy '%s'", name);
	return output_sha256(f, sum, err);
}

static int make_assets(const struct convert *c, struct convert_result *r,
		       int dirfd, struct vc_error *err)
{
	switch (c->vm) {
	case VM_GONDOLIN:
		return assets_gondolin(c, r, dirfd, err);
	case VM_QEMU:
		return assets_qemu(c, r, dirfd, err);
	case VM_NONE:
		break;
	}
	return 0;
}

static int write_assets(const struct convert *c, struct outputs *o,
			struct convert_result *r, struct vc_error *err)
{
	_cleanup_free_ char *dir = xasprintf("%s/.assets.XXXXXX", c->out_dir);
	_cleanup_close_ int dirfd = -1;
	_cleanup_error_ struct vc_error ignored = { 0 };
	int result;

	if (!mkdtemp(dir))
		return vc_fail(err, errno, "cannot create '%s'", dir);
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	result = dirfd < 0 ? vc_fail(err, errno, "cannot open '%s'", dir) :
			     make_assets(c, r, dirfd, err);
	if (result == 0 && r->kernel)
		result = adopt(o, dirfd, r->kernel, r->kernel_sha256, err);
	if (result == 0 && r->initramfs)
		result = adopt(o, dirfd, r->initramfs, r->initramfs_sha256, err);
	remove_tree_at(o->dirfd, strrchr(dir, '/') + 1, &ignored);
	return result;
}

static int write_documents(const struct convert *c, struct outputs *o,
			   const struct convert_result *r, struct vc_error *err)
{
	_cleanup_free_ char *meta = convert_meta_json(c, r);
	_cleanup_free_ char *manifest = NULL;

	if (outputs_add_text(o, "meta.json", meta, err) < 0)
		return -1;
	if (!c->assets)
		return 0;
	manifest = convert_manifest_json(c, r);
	return outputs_add_text(o, "manifest.json", manifest, err);
}

static int write_all_outputs(const struct convert *c, const struct tree *t,
			     int64_t created, struct outputs *o,
			     struct convert_result *r, struct vc_error *err)
{
	if (write_rootfs(c, t, created, o, r, err) < 0)
		return -1;
	if (c->assets && write_assets(c, o, r, err) < 0)
		return -1;
	if (write_documents(c, o, r, err) < 0)
		return -1;
	if (c->filelist && write_mtree(t, c->filelist, err) < 0)
		return -1;
	return outputs_publish(o, err);
}

/* --- all of it ------------------------------------------------------------------- */

static int convert_source(const struct convert *c, const struct image_source *s,
			  struct outputs *o, struct convert_result *r,
			  struct vc_error *err)
{
	/* freed in reverse order: the spools outlive the tree */
	__attribute__((cleanup(spool_release))) struct spool own;
	_cleanup_spools_ struct spools spools = { 0 };
	_cleanup_tree_ struct tree *t = tree_new();
	int64_t created = image_pick_created(s->pick);

	spool_init(&own, c->out_dir);
	describe(c, s, r);
	if (customise_runtime(c, &r->runtime, err) < 0 ||
	    read_tree(c, s, t, &spools, r, err) < 0 ||
	    change_tree(c, t, &own, created, r, err) < 0)
		return -1;
	tree_finish(t);
	if (write_all_outputs(c, t, created, o, r, err) < 0)
		return with_status(err, CONVERT_EXIT_OUTPUT);
	return 0;
}

int convert_run(const struct convert *c, struct convert_result *ret,
		struct vc_error *err)
{
	_cleanup_outputs_ struct outputs o = { .dirfd = -1 };
	_cleanup_image_source_ struct image_source s = { 0 };
	struct convert_result r = { 0 };

	if (outputs_open(&o, c->out_dir, err) < 0 ||
	    check_outputs(c, &o, err) < 0)
		return with_status(err, CONVERT_EXIT_OUTPUT);
	if (image_source_open(c, c->out_dir, &s, err) < 0)
		return -1;
	if (convert_source(c, &s, &o, &r, err) < 0) {
		progress_end();
		convert_result_release(&r);
		return -1;
	}
	progress_end();
	*ret = r;
	return 0;
}
