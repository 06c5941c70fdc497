/*
 * Images to VM disks: what oci2vm, oci2gondolin and dockerfile2gondolin do
 * once their options are read.
 */
#ifndef VC_CONVERT_H
#define VC_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/fs.h"
#include "vc/image.h"
#include "vc/layer.h"
#include "vc/registry.h"
#include "vc/strv.h"

/* Exit statuses of oci2vm, for vc_error.status. */
enum {
	CONVERT_EXIT_SOURCE = 3,  /* source or registry */
	CONVERT_EXIT_POLICY = 4,  /* verification or policy */
	CONVERT_EXIT_OUTPUT = 5,
	CONVERT_EXIT_GUEST = 6,   /* guest files missing */
};

enum source_kind {
	SOURCE_IMAGE,      /* a name, from a registry */
	SOURCE_OCI_LAYOUT,
	SOURCE_OCI_TAR,    /* OCI or docker archive */
	SOURCE_ROOTFS_TAR,
	SOURCE_ROOTFS_DIR,
};
/* "image", "oci-layout", ...: in JSON and messages. */
const char *source_kind_name(enum source_kind k);

enum vm_kind { VM_GONDOLIN, VM_QEMU, VM_NONE };
enum agent_kind { AGENT_BUILTIN, AGENT_BASE, AGENT_NONE };

/* Changes to the image on its way to the disk.  Lists are borrowed. */
struct customise {
	const struct strv *copy;   /* "SRC:DST[:mode[:uid:gid]]" */
	const struct strv *remove; /* paths in the image */
	const char *hostname;      /* NULL: /etc/hostname stays as it is */
	const char *ssh_key;       /* file for root's authorized_keys, or NULL */
	/* which parts of the image's config count */
	bool apply_env, apply_workdir, apply_user, apply_entrypoint;
	const struct strv *env;    /* further variables, or NULL */
	const char *user, *workdir; /* instead of the image's, or NULL */
	const char *entrypoint, *cmd; /* JSON arrays, or NULL */
};

/* One conversion, as asked for.  Strings are borrowed. */
struct convert {
	const char *command; /* "oci2vm", "oci2gondolin": in the JSON */
	enum source_kind source_kind;
	const char *source;  /* name or path; "-": stdin */
	const char *tag;     /* of a layout: TAG or digest, or NULL */
	const char *arch;    /* "x86_64", "aarch64" */
	bool assets;         /* kernel and initramfs too, not only the disk */
	const char *out_dir;
	bool force;          /* replace what is there */
	enum vm_kind vm;
	enum agent_kind agent;
	const char *our_guest;  /* directory of our own guest of `arch` (kernel,
				 * initramfs, rootfs.squashfs) */
	const char *guest_dir;  /* a real Gondolin base, or NULL */
	const char *kernel, *initramfs, *cmdline; /* or NULL */
	enum fs_kind fs;
	struct fs_options fs_options;
	bool qcow2;
	struct registry_options registry;
	struct layer_limits limits;
	struct customise customise;
	int64_t epoch;      /* SOURCE_DATE_EPOCH, or -1 */
	const char *filelist; /* an mtree of the result, or NULL */
};

/* What came out of it: names are of files in out_dir, NULL: not made. */
struct convert_result {
	const char *rootfs;    /* "rootfs.ext4" */
	const char *kernel;    /* "kernel" */
	const char *initramfs; /* "initramfs" */
	char *source_digest;   /* owned; "sha256:...", NULL: none */
	char *platform;        /* owned; "linux/amd64" */
	int64_t epoch;         /* of generatedAt and buildTime, seconds */
	struct image_runtime runtime;
	/* paths in the root that we added ("/.vcontainer/agent") */
	struct strv injected_files, injected_dirs;
	char *base_rootfs; /* owned; of guest_dir, what they came from; or NULL */
	/* sha256, lower case hex; "" when not made */
	char rootfs_sha256[65], kernel_sha256[65], initramfs_sha256[65];
};

/* The JSON documents of spec oci2gondolin: documents.c.  Two-space indent and
 * a newline; owned by the caller. */
char *convert_meta_json(const struct convert *c, const struct convert_result *r);
char *convert_manifest_json(const struct convert *c,
			    const struct convert_result *r);
char *convert_result_json(const struct convert *c,
			  const struct convert_result *r);
char *convert_dry_run_json(const struct convert *c);
/* UUIDv5 as Gondolin derives it, "17a5673e-..." */
void gondolin_build_id(const struct convert_result *r, const char *arch,
		       char ret[37]);

/*
 * Guest assets.  `dirfd` is where the files go: "kernel" and "initramfs".
 * Sets kernel and initramfs of *r, and their sha256.  assets_qemu() reads
 * r->runtime, whose stop signal must be one that Linux has.
 */
int assets_qemu(const struct convert *c, struct convert_result *r, int dirfd,
		struct vc_error *err);
int assets_gondolin(const struct convert *c, struct convert_result *r,
		    int dirfd, struct vc_error *err);
/* What a Gondolin root needs in it, before it is finished and written; data
 * goes to the spool. */
int inject_gondolin(const struct convert *c, struct convert_result *r,
		    struct tree *t, struct spool *spool, struct vc_error *err);

/* --- oci2vm run ----------------------------------------------------------- */

struct convert_boot {
	const char *dir;      /* what a conversion with assets left */
	/* the whole command, instead of the image's entrypoint and cmd; NULL
	 * or empty: those */
	const struct strv *argv;
	uint64_t memory;      /* bytes; 0: 512 MiB */
	uint32_t cpus;        /* 0: 2 */
	bool kvm, network;
};
/*
 * Boots it, with our stdin, stdout and stderr; *ret_status is the command's,
 * 128 + n when signal n ended it.  The disk stays as it was.  A command that
 * could not be run is an error with docker's status: 127 not found, 126 not
 * runnable, 125 anything else about it.
 */
int convert_boot(const struct convert_boot *b, int *ret_status,
		 struct vc_error *err);

/* --- Dockerfiles ---------------------------------------------------------- */

struct dockerfile_build { /* strings borrowed */
	const char *file, *context, *arch, *target;
	const struct strv *build_args, *secrets;
	const char *builder;  /* "docker-buildx", "buildctl", "vdkr"; NULL: the
			       * first that is there, vdkr last */
	const char *out_dir;  /* a directory for the result */
	const char *our_guest;
};
/* Builds it; *ret_path (owned) is an OCI or docker archive in out_dir. */
int dockerfile_build(const struct dockerfile_build *b, char **ret_path,
		     struct vc_error *err);

/* --- the conversion ------------------------------------------------------- */

/* All of it; *ret is to be released.  Nothing is left in out_dir on failure,
 * what was there stays. */
int convert_run(const struct convert *c, struct convert_result *ret,
		struct vc_error *err);
void convert_result_release(struct convert_result *r);
/* What the image is, as JSON (owned by the caller); nothing is written. */
int convert_inspect(const struct convert *c, char **ret, struct vc_error *err);
/* Compares the files of a result with the check sums in its manifest.json. */
int convert_verify(const char *dir, struct vc_error *err);

#endif
