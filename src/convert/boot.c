/*
 * oci2vm run: a VM of its own for one command, on a disk that stays as it is.
 * What is written goes to a private directory that ends with the VM.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/boot_manifest.h"
#include "vc/convert.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"
#include "vc/vm.h"

#define MEMORY (512ull << 20)
#define CPUS 2u
#define TEMPLATE "oci2vm-XXXXXX"
/* sun_path holds 107 characters; the longest of ours is "/control.sock" */
#define STATE_PATH_MAX (107 - sizeof("/control.sock") + 1)

/*
 * Where disks may grow rather than in memory: $TMPDIR, /var/tmp; the shorter
 * ones are for the socket's sake.  NULL: nowhere.
 */
static char *make_state_dir(struct vc_error *err)
{
	const char *const bases[] = { getenv("TMPDIR"), "/var/tmp",
				      getenv("XDG_RUNTIME_DIR"), "/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		_cleanup_free_ char *real = NULL, *path = NULL;

		if (!bases[i] || *bases[i] != '/')
			continue;
		real = realpath(bases[i], NULL);
		path = real ? path_join(real, TEMPLATE) : NULL;
		if (path && strlen(path) <= STATE_PATH_MAX && mkdtemp(path))
			return steal_ptr(path);
	}
	vc_fail(err, errno, "cannot create a directory for the VM: set "
		"'TMPDIR' to a writable one with a short path");
	return NULL;
}

/* The words of the user are the whole command, as with an empty entrypoint. */
static int choose_command(const struct convert_boot *b,
			  const struct image_runtime *run, struct strv *ret,
			  struct vc_error *err)
{
	if (b->argv && b->argv->n) {
		strv_add_all(ret, b->argv->v);
		return 0;
	}
	strv_add_all(ret, run->entrypoint.v);
	strv_add_all(ret, run->cmd.v);
	if (!ret->n)
		return vc_fail_usage(err, "the image names no command: give "
				     "one after '--'");
	return 0;
}

static bool has_variable(const struct strv *env, const char *prefix)
{
	for (size_t i = 0; i < env->n; i++)
		if (str_starts(env->v[i], prefix))
			return true;
	return false;
}

/* As docker: 127 what is not there, 126 what cannot be run, 125 the rest. */
static int status_of(const struct vc_error *err)
{
	switch (err->errnum) {
	case ENOENT:
		return 127;
	case EACCES:
	case ENOEXEC:
		return 126;
	default:
		return VC_EXIT_ENGINE;
	}
}

static int run(struct vm *vm, const struct boot_manifest *m,
	       const struct strv *argv, int *ret_status, struct vc_error *err)
{
	struct vm_exec x = VM_EXEC_INIT;
	int r;

	x.argv = *argv;
	x.tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	strv_add_all(&x.env, m->runtime.env.v);
	if (x.tty && !has_variable(&x.env, "TERM="))
		strv_add(&x.env, "TERM=xterm");
	x.cwd = m->runtime.workdir;
	x.user = m->runtime.user;
	x.in_fd = STDIN_FILENO;
	x.out_fd = STDOUT_FILENO;
	x.err_fd = STDERR_FILENO;
	x.relay_signals = true;
	r = vm_exec(vm, &x, ret_status, err);
	if (r < 0 && !err->status)
		err->status = status_of(err);
	strv_release(&x.env);
	return r;
}

/* Any other init would not answer, and be waited for in vain. */
static int check_initramfs(const char *path, struct vc_error *err)
{
	static const char name[] = "vcontainer.image";
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	bool found;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	found = p != MAP_FAILED &&
		memmem(p, (size_t)st.st_size, name, sizeof(name));
	if (p != MAP_FAILED)
		munmap(p, (size_t)st.st_size);
	if (found)
		return 0;
	return vc_fail(err, 0, "'%s' does not start an image by itself: convert "
		       "with '--vm qemu --mode assets'", path);
}

static int boot(const struct convert_boot *b, const struct boot_manifest *m,
		const char *state_dir, int *ret_status, struct vc_error *err)
{
	const struct vm_spec spec = {
		.tool = "oci2vm",
		.engine = "image",
		.arch = m->arch,
		.state_dir = state_dir,
		.guest_dir = state_dir,
		.kernel = m->kernel,
		.initramfs = m->initramfs,
		.root = m->rootfs,
		.root_format = str_ends(m->rootfs, ".qcow2") ? "qcow2" : "raw",
		.cmdline = m->cmdline,
		.memory = b->memory ? b->memory : MEMORY,
		.cpus = b->cpus ? b->cpus : CPUS,
		.kvm = b->kvm,
		.network = b->network,
		.oneshot = true,
		.stateless = true,
	};
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_vm_ struct vm *vm = NULL;
	bool started;

	if (choose_command(b, &m->runtime, &argv, err) < 0 ||
	    check_initramfs(m->initramfs, err) < 0 ||
	    vm_open(&spec, &vm, &started, err) < 0)
		return -1;
	return run(vm, m, &argv, ret_status, err);
}

int convert_boot(const struct convert_boot *b, int *ret_status,
		 struct vc_error *err)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	_cleanup_free_ char *dir = realpath(b->dir, NULL), *state = NULL;
	struct boot_manifest m;
	int r;

	if (!dir)
		return vc_fail(err, errno, "cannot open '%s'", b->dir);
	if (boot_manifest_read(dir, &m, err) < 0)
		return -1;
	state = make_state_dir(err);
	r = state ? boot(b, &m, state, ret_status, err) : -1;
	/* the monitor has removed it, unless it was killed */
	if (state && remove_tree_at(AT_FDCWD, state, &ignored) < 0)
		log_verbose("%s", ignored.msg);
	boot_manifest_release(&m);
	return r;
}
