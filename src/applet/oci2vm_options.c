/* The option tables of oci2vm. */
#include <stdlib.h>

#include "applet/oci2vm.h"

#define AT(member) offsetof(struct convert_options, member)
#define TEXT(name_, member, arg_, help_)                              \
	{ .name = name_, .kind = CLI_STRING, .offset = AT(member),   \
	  .arg = arg_, .help = help_ }
#define LIST(name_, member, arg_, help_)                              \
	{ .name = name_, .kind = CLI_LIST, .offset = AT(member),     \
	  .arg = arg_, .help = help_ }
#define FLAG(name_, member, help_) \
	{ .name = name_, .kind = CLI_FLAG, .offset = AT(member), .help = help_ }

#define SOURCE_OPTIONS                                                        \
	TEXT("image", image, "NAME", "an image of a registry"),               \
	TEXT("oci-layout", oci_layout, "DIR[:TAG]",                           \
	     "an OCI layout; TAG or DIR@DIGEST where it holds several"),      \
	TEXT("oci-tar", oci_tar, "FILE[:TAG]|-",                                   \
	     "an OCI or docker archive, plain, gzip, zstd or xz"),            \
	TEXT("rootfs-tar", rootfs_tar, "FILE|-", "a root file system as tar"),\
	TEXT("rootfs-dir", rootfs_dir, "DIR", "a root file system")

#define OUTPUT_OPTIONS                                                        \
	TEXT("out", out, "DIR", "where the results go (required)"),           \
	TEXT("platform", platform, "linux/ARCH",                              \
	     "amd64 or arm64 (default: the host's)"),                         \
	TEXT("mode", mode, "MODE",                                            \
	     "assets: disk, kernel and initramfs (default); rootfs: the disk"),\
	TEXT("vm", vm, "KIND", "qemu (default), gondolin or none"),           \
	TEXT("guest-dir", guest_dir, "DIR",                                   \
	     "a Gondolin base to take the guest's files from"),               \
	TEXT("agent", agent, "KIND", "of gondolin: builtin, base or none"),   \
	TEXT("kernel", kernel, "FILE", "instead of our own"),                 \
	TEXT("initramfs", initramfs, "FILE", "instead of our own"),           \
	TEXT("cmdline", cmdline, "TEXT", "more words for the kernel"),        \
	TEXT("fs", fs, "KIND", "ext4 (default), squashfs, erofs, tar, cpio"), \
	TEXT("size", size, "SIZE", "of the disk; auto (default): exact"),     \
	TEXT("free", free, "SIZE|N%", "space left free in ext4 (64M)"),       \
	TEXT("block-size", block_size, "N", "of the file system"),            \
	FLAG("journal", journal, "ext4 with a journal"),                      \
	TEXT("label", label, "TEXT", "of ext4 or erofs"),                     \
	TEXT("uuid", uuid, "UUID", "of ext4 or erofs (from the digest)"),     \
	TEXT("compression", compression, "KIND[:LEVEL]",                      \
	     "of squashfs: zstd (default), lz4, gzip, xz"),                   \
	TEXT("format", format, "KIND", "raw (default, sparse) or qcow2")

#define CONFIG_OPTIONS                                                        \
	TEXT("apply", apply, "LIST",                                          \
	     "of the image's config: env,workdir,user,entrypoint, all or none"),\
	LIST("env", env, "NAME=VALUE", "one more variable"),                  \
	TEXT("user", user, "USER[:GROUP]", "who runs the command"),           \
	TEXT("workdir", workdir, "DIR", "where it runs"),                     \
	TEXT("entrypoint", entrypoint, "JSON", "instead of the image's"),     \
	TEXT("cmd", cmd, "JSON", "instead of the image's"),                   \
	LIST("copy", copy, "SRC:DST[:MODE[:UID:GID]]", "put a file in"),      \
	LIST("delete", remove, "PATH", "take a path out"),                    \
	TEXT("hostname", hostname, "NAME", "for /etc/hostname"),              \
	TEXT("ssh-key", ssh_key, "FILE", "for root's authorized_keys")

#define REGISTRY_OPTIONS                                                      \
	TEXT("authfile", authfile, "FILE", "with the registries' passwords"), \
	TEXT("creds", creds, "USER[:PASSWORD]", "for the registry"),          \
	FLAG("password-stdin", password_stdin, "read the password"),          \
	FLAG("plain-http", plain_http, "http instead of https"),              \
	FLAG("insecure", insecure, "do not check certificates"),              \
	TEXT("ca", ca, "FILE", "one more certificate authority"),             \
	LIST("mirror", mirrors, "HOST", "ask it first"),                      \
	TEXT("jobs", jobs, "N", "layers fetched at once (4)"),                \
	TEXT("retries", retries, "N", "after a transient fault (4)"),         \
	FLAG("offline", offline, "only what the cache has"),                  \
	TEXT("cache-dir", cache_dir, "DIR", "of blobs"),                      \
	TEXT("cache-max", cache_max, "SIZE", "it is kept below (20G)")

#define POLICY_OPTIONS                                                        \
	FLAG("require-digest", require_digest,                                \
	     "refuse a name without a digest"),                               \
	TEXT("max-unpacked", max_unpacked, "SIZE", "of all files (256G)"),    \
	TEXT("max-entries", max_entries, "N", "of all layers (4000000)"),     \
	TEXT("max-ratio", max_ratio, "N", "unpacked to packed (1200)"),       \
	TEXT("devices", devices, "WHAT", "keep (default), skip or deny"),     \
	TEXT("setuid", setuid, "WHAT", "keep (default) or strip"),            \
	FLAG("strict", strict, "what is only odd is an error too"),           \
	TEXT("progress", progress, "HOW", "auto (default), plain or none"),   \
	FLAG("json", json, "print what came out as JSON"),                    \
	TEXT("filelist", filelist, "FILE", "write an mtree(5) of the root"),  \
	FLAG("force", force, "replace earlier results in --out"),             \
	FLAG("dry-run", dry_run, "say what would be done, as JSON"),          \
	{ .name = "quiet", .letter = 'q', .kind = CLI_FLAG,                   \
	  .offset = AT(quiet), .help = "errors only" },                       \
	{ .name = "verbose", .letter = 'v', .kind = CLI_FLAG,                 \
	  .offset = AT(verbose), .help = "say more" },                        \
	{ .name = NULL }

const struct cli_option convert_option_table[] = {
	SOURCE_OPTIONS, OUTPUT_OPTIONS, CONFIG_OPTIONS, REGISTRY_OPTIONS,
	POLICY_OPTIONS
};

const struct cli_option inspect_option_table[] = {
	SOURCE_OPTIONS,
	TEXT("platform", platform, "linux/ARCH",
	     "amd64 or arm64 (default: the host's)"),
	REGISTRY_OPTIONS,
	FLAG("require-digest", require_digest, "refuse a name without a digest"),
	{ .name = NULL }
};

const struct cli_option build_option_table[] = {
	TEXT("file", file, "FILE", "the Dockerfile (CONTEXT/Dockerfile)"),
	TEXT("context", context, "DIR", "what it may copy from (required)"),
	TEXT("builder", builder, "KIND",
	     "docker-buildx, buildctl or vdkr (default: the first there is)"),
	TEXT("target", target, "STAGE", "where the build ends"),
	LIST("build-arg", build_args, "NAME[=VALUE]", "for ARG"),
	LIST("secret", secrets, "id=ID,src=FILE", "for RUN --mount"),
	OUTPUT_OPTIONS, CONFIG_OPTIONS, POLICY_OPTIONS
};

static void release(const struct cli_option *table, struct convert_options *o)
{
	for (; table->name; table++) {
		char *member = (char *)o + table->offset;

		if (table->kind == CLI_STRING) {
			free(*(char **)(void *)member);
			*(char **)(void *)member = NULL;
		} else if (table->kind == CLI_LIST) {
			strv_release((struct strv *)(void *)member);
		}
	}
}

void convert_options_release(struct convert_options *o)
{
	release(convert_option_table, o);
	release(build_option_table, o);
}
