/*
 * The QEMU command line.  Paths go in as JSON or as words of their own, never
 * inside a comma-separated option, so that no character of a path can add an
 * option.
 */
#include <fcntl.h>
#include <json-c/json.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"
#include "vm/qemu.h"
#include "vm/state.h"
#include "vm/suspended.h"

static const struct machine {
	const char *arch;
	const char *machine;
	const char *tcg_cpu;
	const char *console;
	bool vmgenid;
} machines[] = {
	{ "x86_64", "q35,vmport=off,smm=off", "max", "ttyS0", true },
	/* QARMA pointer authentication costs up to half the speed emulated */
	{ "aarch64", "virt,gic-version=3", "max,pauth-impdef=on", "ttyAMA0",
	  false },
};

bool kvm_works(const char *arch)
{
	_cleanup_close_ int kvm = -1, vm = -1;
	struct utsname u;

	if (uname(&u) < 0 || strcmp(u.machine, arch))
		return false;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		return false;
	/* the node may be there without anything behind it */
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	return vm >= 0;
}

/* A node of QEMU's block layer: a file in one of its formats. */
static json_object *block_node(const char *id, const char *path,
			       const char *format, bool read_only)
{
	json_object *o = json_object_new_object();
	json_object *file = json_object_new_object();

	json_object_object_add(file, "driver", json_object_new_string("file"));
	json_object_object_add(file, "filename", json_object_new_string(path));
	json_object_object_add(file, "discard", json_object_new_string("unmap"));
	json_object_object_add(o, "node-name", json_object_new_string(id));
	json_object_object_add(o, "driver", json_object_new_string(format));
	json_object_object_add(o, "read-only", json_object_new_boolean(read_only));
	json_object_object_add(o, "discard", json_object_new_string("unmap"));
	json_object_object_add(o, "file", file);
	return o;
}

/* Takes the node. */
static void add_node(struct strv *argv, json_object *node)
{
	strv_add(argv, "-blockdev");
	strv_add(argv, json_object_to_json_string_ext(node, JSON_C_TO_STRING_PLAIN));
	json_object_put(node);
}

/* The serial is how the guest tells the disks apart; a full host disk stops
 * the VM instead of breaking the guest's file system. */
static void add_device(struct strv *argv, const char *id, bool read_only)
{
	strv_add(argv, "-device");
	strv_addf(argv, "virtio-blk-pci,drive=%s,serial=%s,werror=%s", id, id,
		  read_only ? "report" : "enospc");
}

static void add_disk(struct strv *argv, const char *id, const char *path,
		     bool read_only)
{
	add_node(argv, block_node(id, path, "raw", read_only));
	add_device(argv, id, read_only);
}

/* An image's root is read below an overlay; whatever file it may name as its
 * own backing is not opened. */
static void add_image_root(struct strv *argv, const struct vm_spec *spec)
{
	_cleanup_free_ char *path = path_join(spec->state_dir, STATE_OVERLAY);
	json_object *base = block_node("image", spec->root, spec->root_format, true);
	json_object *over = block_node("root", path, "qcow2", false);

	if (str_eq(spec->root_format, "qcow2"))
		json_object_object_add(base, "backing", NULL);
	json_object_object_add(over, "backing", json_object_new_string("image"));
	add_node(argv, base);
	add_node(argv, over);
	add_device(argv, "root", false);
}

static void add_disks(struct strv *argv, const struct vm_spec *spec)
{
	_cleanup_free_ char *root = NULL, *state = NULL;

	if (spec->root) {
		add_image_root(argv, spec);
		return;
	}
	root = path_join(spec->guest_dir, "rootfs.squashfs");
	state = path_join(spec->state_dir, STATE_DISK);
	add_disk(argv, "root", root, true);
	add_disk(argv, "state", state, false);
}

static void add_kernel(struct strv *argv, const struct vm_spec *spec, bool kvm,
		       const char *console)
{
	strv_add(argv, "-kernel");
	strv_add_take(argv, spec->kernel ? xstrdup(spec->kernel) :
					   path_join(spec->guest_dir, "kernel"));
	strv_add(argv, "-initrd");
	strv_add_take(argv, spec->initramfs ?
				    xstrdup(spec->initramfs) :
				    path_join(spec->guest_dir, "initramfs"));
	strv_add(argv, "-append");
	/* emulated, every program that is loaded at a new address is translated
	 * anew, which costs most of a short command's time, and mitigations are
	 * for a processor that is not there */
	strv_addf(argv, "console=%s quiet panic=-1 random.trust_cpu=on apparmor=0 "
		  "selinux=0 audit=0 cryptomgr.notests rcupdate.rcu_expedited=1 "
		  "vcontainer.channel%s%s%s",
		  console, kvm ? "" : " norandmaps mitigations=off",
		  spec->cmdline ? " " : "", spec->cmdline ? spec->cmdline : "");
}

static void add_socket(struct strv *argv, const char *id, int fd)
{
	strv_add(argv, "-chardev");
	strv_addf(argv, "socket,id=%s,fd=%d", id, fd);
}

/*
 * Memory in a file, so that suspending leaves it where it is.  Shared: what
 * the guest writes is in the file, not in copies of its pages.
 */
static void add_memory(struct strv *argv, const struct vm_spec *spec)
{
	_cleanup_free_ char *path = path_join(spec->state_dir, STATE_RAM);
	json_object *o = json_object_new_object();

	json_object_object_add(o, "qom-type",
			       json_object_new_string("memory-backend-file"));
	json_object_object_add(o, "id", json_object_new_string("ram"));
	json_object_object_add(o, "size",
			       json_object_new_int64((int64_t)spec->memory));
	json_object_object_add(o, "mem-path", json_object_new_string(path));
	json_object_object_add(o, "share", json_object_new_boolean(true));
	strv_add(argv, "-object");
	strv_add(argv, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

void qemu_command_line(const struct vm_spec *spec, bool kvm,
		       const char *program, const struct qemu_fds *fds,
		       struct strv *ret)
{
	const struct machine *m = machines;

	while (strcmp(m->arch, spec->arch))
		m++;
	strv_add(ret, program);
	strv_add_all(ret, (char *[]){ "-nodefaults", "-no-user-config", "-display",
				      "none", "-no-reboot", "-sandbox",
				      "on,obsolete=deny,elevateprivileges=deny,"
				      "spawn=deny", NULL });
	strv_add(ret, "-machine");
	strv_addf(ret, "%s%s", m->machine,
		  fds->memory_file ? ",memory-backend=ram" : "");
	if (fds->memory_file)
		add_memory(ret, spec);
	if (fds->incoming)
		strv_add_all(ret, (char *[]){ "-incoming", "defer", NULL });
	strv_add(ret, "-accel");
	strv_add(ret, kvm ? "kvm" : "tcg,thread=multi,tb-size=1024");
	strv_add(ret, "-cpu");
	strv_add(ret, kvm ? "host" : m->tcg_cpu);
	strv_add(ret, "-m");
	strv_addf(ret, "%lluM", (unsigned long long)(spec->memory >> 20));
	strv_add(ret, "-smp");
	strv_addf(ret, "%u", spec->cpus);
	add_kernel(ret, spec, kvm, m->console);
	add_socket(ret, "qmp", fds->qmp);
	strv_add_all(ret, (char *[]){ "-mon", "chardev=qmp,mode=control", NULL });
	add_socket(ret, "console", fds->console);
	strv_add_all(ret, (char *[]){ "-serial", "chardev:console", NULL });
	add_socket(ret, "channel", fds->channel);
	strv_add_all(ret, (char *[]){ "-device", "virtio-serial-pci", "-device",
				      "virtserialport,chardev=channel,"
				      "name=vcontainer",
				      "-device", "virtio-rng-pci", NULL });
	/* tells the guest's kernel that it goes on from a copy */
	if (fds->memory_file && m->vmgenid)
		strv_add_all(ret, (char *[]){ "-device", "vmgenid,guid=auto", NULL });
	add_disks(ret, spec);
	if (spec->network)
		strv_add_all(ret, (char *[]){ "-netdev", "user,id=net", "-device",
					      "virtio-net-pci,netdev=net,romfile=",
					      NULL });
}
