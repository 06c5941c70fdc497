/* What must be the same for a suspended VM to go on. */
#include "vm/suspended.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "vc/frame.h"
#include "vc/io.h"
#include "vc/util.h"
#include "vm/qemu.h"

static int add_file(struct strv *key, const char *name, const char *path,
		    struct vc_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return vc_fail(err, errno, "cannot look at '%s'", path);
	strv_addf(key, "%s %" PRIu64 " %" PRIu64 " %lld.%09ld %lld", name,
		  (uint64_t)st.st_dev, (uint64_t)st.st_ino,
		  (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		  (long long)st.st_size);
	return 0;
}

static int add_guest_file(struct strv *key, const struct vm_spec *spec,
			  const char *name, struct vc_error *err)
{
	_cleanup_free_ char *path = path_join(spec->guest_dir, name);

	return add_file(key, name, path, err);
}

int suspended_key(const struct vm_spec *spec, bool kvm, struct strv *ret,
		  struct vc_error *err)
{
	static const char *const files[] = { "kernel", "initramfs",
					     "rootfs.squashfs" };
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_free_ char *program = qemu_program(spec, err);
	const struct qemu_fds none = { -1, -1, -1, true, false };

	if (!program || add_file(ret, "QEMU", program, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (add_guest_file(ret, spec, files[i], err) < 0)
			return -1;
	strv_addf(ret, "program %s, protocol %u", VC_VERSION, PROTO_VERSION);
	strv_addf(ret, "engine %s", spec->engine);
	qemu_command_line(spec, kvm, program, &none, &argv);
	for (size_t i = 0; i < argv.n; i++)
		strv_addf(ret, "machine %s", argv.v[i]);
	return 0;
}
