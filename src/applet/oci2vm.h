/* What oci2vm, oci2gondolin and dockerfile2gondolin share. */
#ifndef APPLET_OCI2VM_H
#define APPLET_OCI2VM_H

#include "vc/cli.h"
#include "vc/convert.h"

struct oci2vm_command {
	const char *name; /* NULL ends a table */
	const char *args;
	const char *summary;
	const struct cli_option *options;
	/* argv[0] is the command word; the exit status, or -1 with err */
	int (*run)(int argc, char **argv, struct vc_error *err);
};

/* The options of 'convert' and of 'build', as given. */
struct convert_options {
	char *image, *oci_layout, *oci_tar, *rootfs_tar, *rootfs_dir;
	char *out, *platform, *mode;
	char *vm, *guest_dir, *agent, *kernel, *initramfs, *cmdline;
	char *fs, *size, *free, *block_size, *label, *uuid, *format,
		*compression;
	char *apply, *user, *workdir, *entrypoint, *cmd, *hostname, *ssh_key;
	char *authfile, *creds, *ca, *jobs, *retries, *cache_dir, *cache_max;
	char *max_unpacked, *max_entries, *max_ratio, *devices, *setuid;
	char *progress, *filelist;
	struct strv env, copy, remove, mirrors;
	bool journal, password_stdin, plain_http, insecure, offline,
		require_digest, strict, quiet, json, force, dry_run, verbose;
	/* build */
	char *file, *context, *builder, *target;
	struct strv build_args, secrets;
};
extern const struct cli_option convert_option_table[];
extern const struct cli_option build_option_table[], inspect_option_table[];
void convert_options_release(struct convert_options *o);
#define _cleanup_convert_options_ \
	__attribute__((cleanup(convert_options_release)))

/* What a conversion owns besides the options it borrows from. */
struct convert_call {
	struct convert convert;
	char *arch, *our_guest, *source, *tag, *creds;
};
void convert_call_release(struct convert_call *c);
#define _cleanup_convert_call_ __attribute__((cleanup(convert_call_release)))
/* Checks the options and makes a conversion of them; the source is set apart
 * by convert_call_source(). */
int convert_call_make(const struct convert_options *o, const char *command,
		      struct convert_call *ret, struct vc_error *err);
int convert_call_source(const struct convert_options *o,
			struct convert_call *c, struct vc_error *err);
/* Finds the guest's files, runs it and prints what came of it. */
int convert_call_run(struct convert_call *c, const struct convert_options *o,
		     struct vc_error *err);
/* Builds o->file in o->context first. */
int convert_call_build(struct convert_options *o, const char *command,
		       struct vc_error *err);
/* "linux/amd64", "arm64", NULL: the host's; owned by the caller. */
int platform_option(const char *text, char **ret, struct vc_error *err);

int oci2vm_convert(int argc, char **argv, struct vc_error *err);
int oci2vm_build(int argc, char **argv, struct vc_error *err);
int oci2vm_inspect(int argc, char **argv, struct vc_error *err);
int oci2vm_verify(int argc, char **argv, struct vc_error *err);
int oci2vm_run(int argc, char **argv, struct vc_error *err);
int oci2vm_cache(int argc, char **argv, struct vc_error *err);
extern const struct cli_option oci2vm_run_options[];
extern const struct cli_option oci2vm_cache_options[];

#endif
