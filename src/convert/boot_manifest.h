/* What 'oci2vm run' reads of a result's manifest.json. */
#ifndef CONVERT_BOOT_MANIFEST_H
#define CONVERT_BOOT_MANIFEST_H

#include "vc/error.h"
#include "vc/image.h"

struct boot_manifest {
	/* paths of regular files in the directory, owned */
	char *kernel, *initramfs, *rootfs;
	char *arch;    /* "x86_64", "aarch64", owned */
	char *cmdline; /* config.cmdline: more words for the kernel; or NULL */
	struct image_runtime runtime;
};

/* `dir` is absolute.  The document is believed in nothing: files are names in
 * dir, and no links. */
int boot_manifest_read(const char *dir, struct boot_manifest *ret,
		       struct vc_error *err);
void boot_manifest_release(struct boot_manifest *m);

#endif
