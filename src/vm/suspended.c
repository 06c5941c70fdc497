/*
 * The files of a suspended VM, and whether they fit.
 *
 * Memory and disk can never be of different times: 16 random bytes are
 * written to both the disk's first sector (which ext4 leaves alone) and the
 * record, with the disk's identity and time of change; whatever wrote to the
 * disk since, or put another in its place, makes the record void.  A record
 * of another boot of the host is void too: nothing was synced for it.
 */
#include "vm/suspended.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"
#include "vm/state.h"

#define MAX_RECORD (64u << 10)
#define EPOCH_SIZE 16
#define WITHOUT_KVM "without-kvm"
#define FIRST_LINE "vcontainer suspended VM 1"

/* "QEMU", of a line that differs */
static char *first_word(const char *line)
{
	return xstrndup(line, strcspn(line, " "));
}

/* --- what it is bound to -------------------------------------------------------- */

static char *boot_id(void)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (read_file_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &b,
			 &err) < 0)
		return xstrdup("unknown");
	return xasprintf("%.*s", (int)strcspn(buf_ptr(&b), "\n"), buf_ptr(&b));
}

static char *hex_of(const uint8_t *bytes, size_t n)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%02x", bytes[i]);
	return buf_steal(&b);
}

/* The disk as it is now: its epoch, which file it is, when it was changed. */
static char *disk_identity(void)
{
	_cleanup_close_ int fd = open(STATE_DISK, O_RDONLY | O_CLOEXEC |
							  O_NOFOLLOW);
	uint8_t epoch[EPOCH_SIZE];
	_cleanup_free_ char *hex = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 ||
	    pread(fd, epoch, sizeof(epoch), 0) != sizeof(epoch))
		return NULL;
	hex = hex_of(epoch, sizeof(epoch));
	return xasprintf("%s %" PRIu64 " %" PRIu64 " %lld %lld.%09ld", hex,
			 (uint64_t)st.st_dev, (uint64_t)st.st_ino,
			 (long long)st.st_size, (long long)st.st_mtim.tv_sec,
			 st.st_mtim.tv_nsec);
}

static int stamp_disk(struct vc_error *err)
{
	_cleanup_close_ int fd = open(STATE_DISK, O_WRONLY | O_CLOEXEC |
							  O_NOFOLLOW);
	uint8_t epoch[EPOCH_SIZE];

	if (fd < 0 || getrandom(epoch, sizeof(epoch), 0) != sizeof(epoch) ||
	    pwrite(fd, epoch, sizeof(epoch), 0) != sizeof(epoch))
		return vc_fail(err, errno, "cannot stamp '%s'", STATE_DISK);
	return 0;
}

/* Nobody else may have had a hand in what becomes our memory. */
static bool is_ours(int fd, uint64_t *ret_size)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & 077) || st.st_nlink != 1)
		return false;
	if (ret_size)
		*ret_size = (uint64_t)st.st_size;
	return true;
}

/* --- making --------------------------------------------------------------------- */

int suspended_make_devices(struct vc_error *err)
{
	return open_unnamed(".", err);
}

/* Gives the nameless file its name. */
static int name_devices(int fd, struct vc_error *err)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);

	unlink(STATE_DEVICES);
	if (fchmod(fd, 0600) < 0 ||
	    linkat(AT_FDCWD, path, AT_FDCWD, STATE_DEVICES,
		   AT_SYMLINK_FOLLOW) < 0)
		return vc_fail(err, errno, "cannot create '%s'", STATE_DEVICES);
	return 0;
}

int suspended_write(const struct strv *key, bool without_kvm, int devices_fd,
		    const struct strv *registries, struct vc_error *err)
{
	_cleanup_free_ char *boot = boot_id(), *disk = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct stat st;

	if (name_devices(devices_fd, err) < 0 || stamp_disk(err) < 0)
		return -1;
	suspended_give_back();
	disk = disk_identity();
	if (!disk || fstat(devices_fd, &st) < 0)
		return vc_fail(err, errno, "cannot read '%s'", STATE_DISK);
	buf_printf(&b, FIRST_LINE "\nboot %s\ndisk %s\ndevices %lld\n", boot,
		   disk, (long long)st.st_size);
	if (without_kvm)
		buf_add_str(&b, WITHOUT_KVM "\n");
	for (size_t i = 0; i < registries->n; i++)
		buf_printf(&b, "registry %s\n", registries->v[i]);
	for (size_t i = 0; i < key->n; i++)
		buf_printf(&b, "key %s\n", key->v[i]);
	buf_add_str(&b, "end\n");
	return write_file_at(AT_FDCWD, STATE_SUSPENDED, 0600, buf_ptr(&b),
			     b.len, err);
}

/* --- taking ----------------------------------------------------------------------- */

struct record {
	struct strv lines; /* of the file */
	struct strv key, registries;
	const char *boot, *disk, *devices;
};

static void record_release(struct record *r)
{
	strv_release(&r->lines);
	strv_release(&r->key);
	strv_release(&r->registries);
}

static void read_line(struct record *r, const char *line)
{
	const struct {
		const char *word;
		const char **to;
	} single[] = { { "boot ", &r->boot },
		       { "disk ", &r->disk },
		       { "devices ", &r->devices } };

	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		if (str_starts(line, single[i].word))
			*single[i].to = line + strlen(single[i].word);
	if (str_starts(line, "key "))
		strv_add(&r->key, line + 4);
	if (str_starts(line, "registry "))
		strv_add(&r->registries, line + 9);
}

/* 1, 0 when there is none, -1 when it cannot be one of ours. */
static int read_record(struct record *r)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_close_ int fd = open(STATE_SUSPENDED,
				      O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *p;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (!is_ours(fd, NULL) ||
	    read_file_at(AT_FDCWD, STATE_SUSPENDED, MAX_RECORD, &b, &err) < 0 ||
	    !b.len)
		return -1;
	for (p = buf_ptr(&b); *p;) {
		size_t n = strcspn(p, "\n");

		strv_add_take(&r->lines, xstrndup(p, n));
		p += n + (p[n] == '\n');
	}
	if (strcmp(r->lines.v[0], FIRST_LINE) != 0 ||
	    strcmp(r->lines.v[r->lines.n - 1], "end") != 0)
		return -1;
	for (size_t i = 1; i < r->lines.n; i++)
		read_line(r, r->lines.v[i]);
	return r->boot && r->disk && r->devices ? 1 : -1;
}

bool suspended_without_kvm(void)
{
	__attribute__((cleanup(record_release))) struct record r = { 0 };

	return read_record(&r) > 0 && strv_contains(&r.lines, WITHOUT_KVM);
}

static char *compare_key(const struct strv *was, const struct strv *is)
{
	for (size_t i = 0; i < was->n && i < is->n; i++)
		if (strcmp(was->v[i], is->v[i]) != 0) {
			_cleanup_free_ char *what = first_word(is->v[i]);

			return xasprintf("the %s is not the one it was "
					 "suspended with", what);
		}
	return was->n == is->n ? NULL :
				 xstrdup("the machine is not the one it was "
					 "suspended with");
}

/* Why the record is void, or NULL; owned by the caller. */
static char *check_record(const struct record *r, const struct strv *key)
{
	_cleanup_free_ char *boot = boot_id(), *disk = disk_identity();
	char *why = compare_key(&r->key, key);

	if (why)
		return why;
	if (strcmp(boot, r->boot) != 0)
		return xstrdup("it was suspended before this boot of the host");
	if (!disk || strcmp(disk, r->disk) != 0)
		return xstrdup("its disk was changed since");
	return NULL;
}

static char *open_files(const struct record *r, int *ret_fd)
{
	_cleanup_close_ int ram = open(STATE_RAM, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_close_ int fd = open(STATE_DEVICES,
				      O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint64_t size, want;

	if (!is_ours(ram, NULL) || !is_ours(fd, &size))
		return xstrdup("its files are missing, or others may have "
			       "written to them");
	if (parse_u64(r->devices, 1, UINT64_MAX, &want) < 0 || size != want)
		return xstrdup("its state is cut short");
	*ret_fd = steal_fd(&fd);
	return NULL;
}

int suspended_take(const struct strv *key, int *ret_devices_fd,
		   struct strv *ret_registries, char **ret_why)
{
	__attribute__((cleanup(record_release))) struct record r = { 0 };
	int found = read_record(&r);

	*ret_why = NULL;
	if (found == 0)
		return 0;
	*ret_why = found < 0 ? xstrdup("its record is damaged, or others may "
				       "have written to it") :
			       check_record(&r, key);
	if (!*ret_why)
		*ret_why = open_files(&r, ret_devices_fd);
	unlink(STATE_SUSPENDED);
	unlink(STATE_DEVICES);
	if (*ret_why)
		return 0;
	suspended_reserve();
	strv_add_all(ret_registries, r.registries.v);
	return 1;
}

static void drop_at(int dirfd)
{
	/* first what makes the others count */
	unlinkat(dirfd, STATE_SUSPENDED, 0);
	unlinkat(dirfd, STATE_DEVICES, 0);
	unlinkat(dirfd, STATE_RAM, 0);
}

void suspended_drop(void)
{
	drop_at(AT_FDCWD);
}

bool vm_is_suspended(const char *state_dir)
{
	_cleanup_free_ char *path = path_join(state_dir, STATE_SUSPENDED);

	return access(path, F_OK) == 0;
}

void vm_drop_suspended(const char *state_dir)
{
	_cleanup_close_ int fd = open(state_dir, O_RDONLY | O_DIRECTORY |
							 O_CLOEXEC);

	if (fd >= 0)
		drop_at(fd);
}
