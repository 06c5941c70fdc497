/* What the options of oci2vm mean: from words to a conversion. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "applet/oci2vm.h"
#include "vc/io.h"
#include "vc/settings.h"
#include "vc/util.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* --- words ------------------------------------------------------------------ */

/* The index of `text` among the words (NULL: `otherwise`); -1 with an error
 * that lists them. */
static int choose(const char *option, const char *text,
		  const char *const *words, int otherwise,
		  struct vc_error *err)
{
	_cleanup_free_ char *all = xstrdup("");

	if (!text)
		return otherwise;
	for (int i = 0; words[i]; i++) {
		char *more;

		if (!strcmp(words[i], text))
			return i;
		more = xasprintf("%s%s%s", all, i ? ", " : "", words[i]);
		free(all);
		all = more;
	}
	return vc_fail_usage(err, "--%s '%s' is none of %s", option, text, all);
}

static int number(const char *option, const char *text, uint64_t max,
		  uint64_t otherwise, uint64_t *ret, struct vc_error *err)
{
	*ret = otherwise;
	if (!text)
		return 0;
	if (parse_u64(text, 0, max, ret) < 0)
		return vc_fail_usage(err, "--%s '%s' is no number up to %llu",
				     option, text, (unsigned long long)max);
	return 0;
}

static int size(const char *option, const char *text, uint64_t otherwise,
		uint64_t *ret, struct vc_error *err)
{
	*ret = otherwise;
	if (!text)
		return 0;
	if (parse_size(text, 1, ret) < 0)
		return vc_fail_usage(err, "--%s '%s' is no size such as 512M or "
				     "2G", option, text);
	return 0;
}

int platform_option(const char *text, char **ret, struct vc_error *err)
{
	const char *arch = text;
	const char *canonical;
	struct utsname u;

	if (!text) {
		uname(&u);
		arch = u.machine;
	} else if (str_starts(text, "linux/")) {
		arch = text + strlen("linux/");
	}
	canonical = arch_canonical(arch);
	if (!canonical)
		return vc_fail_usage(err, "platform '%s' is not supported: "
				     "linux/amd64 or linux/arm64", arch);
	*ret = xstrdup(canonical);
	return 0;
}

/* --- groups of options --------------------------------------------------------- */

static int make_vm(const struct convert_options *o, struct convert *c,
		   struct vc_error *err)
{
	static const char *const vms[] = { "gondolin", "qemu", "none", NULL };
	static const char *const agents[] = { "builtin", "base", "none", NULL };
	static const char *const modes[] = { "rootfs", "assets", NULL };
	int vm = choose("vm", o->vm, vms, VM_QEMU, err);
	int agent, mode;

	if (vm < 0)
		return -1;
	mode = choose("mode", o->mode, modes, vm != VM_NONE, err);
	if (!o->guest_dir)
		c->guest_dir = getenv("GONDOLIN_GUEST_DIR");
	else
		c->guest_dir = o->guest_dir;
	if (vm != VM_GONDOLIN || (c->guest_dir && !*c->guest_dir))
		c->guest_dir = NULL;
	agent = choose("agent", o->agent, agents,
		       c->guest_dir ? AGENT_BASE : AGENT_BUILTIN, err);
	if (mode < 0 || agent < 0)
		return -1;
	if (vm != VM_GONDOLIN && (o->guest_dir || o->agent))
		return vc_fail_usage(err, "--guest-dir and --agent are for "
				     "'--vm gondolin'");
	if ((!mode || vm == VM_NONE) && (o->kernel || o->initramfs || o->cmdline))
		return vc_fail_usage(err, "--kernel, --initramfs and --cmdline "
				     "are for what boots: not with '--vm none' "
				     "or '--mode rootfs'");
	if (agent == AGENT_BASE && !c->guest_dir)
		return vc_fail_usage(err, "--agent base needs --guest-dir");
	c->vm = (enum vm_kind)vm;
	c->agent = (enum agent_kind)agent;
	c->assets = mode && vm != VM_NONE;
	c->kernel = o->kernel;
	c->initramfs = o->initramfs;
	c->cmdline = o->cmdline;
	return 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *p = c ? strchr(digits, c) : NULL;
	long v = p ? p - digits : -1;

	return v < 16 ? (int)v : (int)v - 6;
}

static int parse_uuid(const char *s, uint8_t ret[16], struct vc_error *err)
{
	int n = 0;

	for (const char *p = s; *p; p++) {
		int v = hex_digit(*p);

		if (*p == '-' && (p - s == 8 || p - s == 13 || p - s == 18 ||
				  p - s == 23))
			continue;
		if (v < 0 || n == 32) {
			n = 0;
			break;
		}
		ret[n / 2] = (uint8_t)(n % 2 ? ret[n / 2] | v : v << 4);
		n++;
	}
	if (n != 32)
		return vc_fail_usage(err, "--uuid '%s' is no UUID", s);
	return 0;
}

static int make_compression(const char *text, struct fs_options *f,
			    struct vc_error *err)
{
	static const char *const kinds[] = { "zstd", "lz4", "gzip", "xz", NULL };
	_cleanup_free_ char *kind = text ? xstrdup(text) : NULL;
	char *level = kind ? strchr(kind, ':') : NULL;
	uint64_t n = 0;
	int k;

	if (level)
		*level++ = '\0';
	k = choose("compression", kind, kinds, FS_COMPRESSION_ZSTD, err);
	if (k < 0 || number("compression level", level, 22, 0, &n, err) < 0)
		return -1;
	f->compression = (enum fs_compression)k;
	f->level = (int)n;
	return 0;
}

static int make_free(const char *text, struct fs_options *f,
		     struct vc_error *err)
{
	size_t n = text ? strlen(text) : 0;
	_cleanup_free_ char *digits = NULL;
	uint64_t percent;

	if (!n || text[n - 1] != '%')
		return size("free", text, 64 * MIB, &f->free, err);
	digits = xstrndup(text, n - 1);
	if (number("free", digits, 10000, 0, &percent, err) < 0)
		return -1;
	f->free_percent = (uint32_t)percent;
	return 0;
}

static int make_fs(const struct convert_options *o, struct convert *c,
		   struct vc_error *err)
{
	static const char *const formats[] = { "raw", "qcow2", NULL };
	struct fs_options *f = &c->fs_options;
	int format = choose("format", o->format, formats, 0, err);
	uint64_t block;

	if (format < 0 || (o->fs && fs_kind_parse(o->fs, &c->fs, err) < 0) ||
	    make_free(o->free, f, err) < 0 ||
	    make_compression(o->compression, f, err) < 0 ||
	    number("block-size", o->block_size, MIB, 0, &block, err) < 0 ||
	    (o->uuid && parse_uuid(o->uuid, f->uuid, err) < 0))
		return -1;
	if (o->size && strcmp(o->size, "auto") &&
	    size("size", o->size, 0, &f->size, err) < 0)
		return -1;
	c->qcow2 = format == 1;
	f->block_size = (uint32_t)block;
	f->journal = o->journal;
	f->label = o->label;
	if (c->fs != FS_EXT4 && (o->size || o->free || o->journal))
		return vc_fail_usage(err, "--size, --free and --journal are for "
				     "ext4 only");
	if (c->fs != FS_EXT4 && c->fs != FS_EROFS && (o->label || o->uuid))
		return vc_fail_usage(err, "--label and --uuid are for ext4 and "
				     "erofs");
	if (c->fs != FS_SQUASHFS && o->compression)
		return vc_fail_usage(err, "--compression is for squashfs only");
	if (c->fs != FS_EXT4 && c->fs != FS_SQUASHFS && o->block_size)
		return vc_fail_usage(err, "--block-size is for ext4 and "
				     "squashfs");
	if ((c->fs == FS_TAR || c->fs == FS_CPIO) && (c->qcow2 || c->assets))
		return vc_fail_usage(err, "%s is no file system to boot from: "
				     "use '--vm none' and no --format",
				     fs_kind_name(c->fs));
	return 0;
}

static int apply_word(const char *word, struct customise *x)
{
	if (!strcmp(word, "env"))
		x->apply_env = true;
	else if (!strcmp(word, "workdir"))
		x->apply_workdir = true;
	else if (!strcmp(word, "user"))
		x->apply_user = true;
	else if (!strcmp(word, "entrypoint"))
		x->apply_entrypoint = true;
	else if (!strcmp(word, "all"))
		x->apply_env = x->apply_workdir = x->apply_user =
			x->apply_entrypoint = true;
	else if (strcmp(word, "none") != 0)
		return -1;
	return 0;
}

static int make_config(const struct convert_options *o, struct customise *x,
		       struct vc_error *err)
{
	const char *p = o->apply ? o->apply : "all";

	for (;;) {
		size_t n = strcspn(p, ",");
		_cleanup_free_ char *word = xstrndup(p, n);

		if (apply_word(word, x) < 0)
			return vc_fail_usage(err, "--apply '%s': it takes env, "
					     "workdir, user, entrypoint, all "
					     "or none", o->apply);
		if (!p[n])
			break;
		p += n + 1;
	}
	x->copy = &o->copy;
	x->remove = &o->remove;
	x->env = &o->env;
	x->hostname = o->hostname;
	x->ssh_key = o->ssh_key;
	x->user = o->user;
	x->workdir = o->workdir;
	x->entrypoint = o->entrypoint;
	x->cmd = o->cmd;
	return 0;
}

static int read_password(struct convert_call *c, const char *user,
			 struct vc_error *err)
{
	char password[4096];
	ssize_t n = read_full(STDIN_FILENO, password, sizeof(password) - 1, err);

	if (n < 0)
		return -1;
	password[n] = '\0';
	password[strcspn(password, "\r\n")] = '\0';
	c->creds = xasprintf("%s:%s", user, password);
	explicit_bzero(password, sizeof(password));
	return 0;
}

static int make_registry(const struct convert_options *o,
			 struct convert_call *c, struct vc_error *err)
{
	struct registry_options *r = &c->convert.registry;
	uint64_t jobs, retries;

	if (number("jobs", o->jobs, 64, 0, &jobs, err) < 0 ||
	    number("retries", o->retries, 100, (unsigned)-1, &retries, err) < 0 ||
	    size("cache-max", o->cache_max, 0, &r->cache_max, err) < 0)
		return -1;
	if (o->password_stdin && (!o->creds || strchr(o->creds, ':')))
		return vc_fail_usage(err, "--password-stdin needs --creds USER");
	if (o->password_stdin && read_password(c, o->creds, err) < 0)
		return -1;
	r->creds = c->creds ? c->creds : o->creds;
	if (r->creds && !strchr(r->creds, ':'))
		return vc_fail_usage(err, "--creds '%s' has no password: "
				     "USER:PASSWORD, or --password-stdin",
				     r->creds);
	r->authfile = o->authfile;
	r->ca = o->ca;
	r->mirrors = &o->mirrors;
	r->plain_http = o->plain_http;
	r->insecure = o->insecure;
	r->offline = o->offline;
	r->require_digest = o->require_digest;
	r->jobs = (unsigned)jobs;
	r->retries = (unsigned)retries;
	r->cache_dir = o->cache_dir;
	return 0;
}

static int make_policy(const struct convert_options *o,
		       struct layer_limits *l, struct vc_error *err)
{
	static const char *const devices[] = { "keep", "skip", "deny", NULL };
	static const char *const setuid[] = { "keep", "strip", NULL };
	int d = choose("devices", o->devices, devices, 0, err);
	int s = choose("setuid", o->setuid, setuid, 0, err);
	uint64_t ratio;

	if (d < 0 || s < 0 ||
	    size("max-unpacked", o->max_unpacked, 256 * GIB, &l->max_unpacked,
		 err) < 0 ||
	    number("max-entries", o->max_entries, UINT32_MAX, 4000000,
		   &l->max_entries, err) < 0 ||
	    number("max-ratio", o->max_ratio, UINT32_MAX, 1200, &ratio,
		   err) < 0)
		return -1;
	l->max_ratio = (uint32_t)ratio;
	l->skip_devices = d == 1;
	l->deny_devices = d == 2;
	l->strip_setuid = s == 1;
	l->strict = o->strict;
	return 0;
}

/* https://reproducible-builds.org/specs/source-date-epoch/ */
static int read_epoch(int64_t *ret, struct vc_error *err)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	uint64_t v;

	*ret = -1;
	if (!text || !*text)
		return 0;
	if (parse_u64(text, 0, INT64_MAX, &v) < 0)
		return vc_fail_usage(err, "$SOURCE_DATE_EPOCH is '%s', no "
				     "number of seconds", text);
	*ret = (int64_t)v;
	return 0;
}

int convert_call_make(const struct convert_options *o, const char *command,
		      struct convert_call *ret, struct vc_error *err)
{
	static const char *const progresses[] = { "auto", "plain", "none", NULL };
	struct convert *c = &ret->convert;

	c->command = command;
	if (!o->out || !*o->out)
		return vc_fail_usage(err, "--out DIR is required");
	c->out_dir = o->out;
	c->force = o->force;
	c->filelist = o->filelist;
	if (platform_option(o->platform, &ret->arch, err) < 0 ||
	    make_vm(o, c, err) < 0 || make_fs(o, c, err) < 0 ||
	    make_config(o, &c->customise, err) < 0 ||
	    make_registry(o, ret, err) < 0 ||
	    make_policy(o, &c->limits, err) < 0 ||
	    read_epoch(&c->epoch, err) < 0 ||
	    choose("progress", o->progress, progresses, 0, err) < 0)
		return -1;
	c->arch = ret->arch;
	return 0;
}
