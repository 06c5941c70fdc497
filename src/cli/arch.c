/* Architectures: their names, and which one a call is for. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/internal.h"
#include "vc/buf.h"
#include "vc/config.h"
#include "vc/io.h"
#include "vc/util.h"

const char *const arch_supported = "x86_64, aarch64";

static const struct {
	const char *canonical, *oci;
} archs[] = {
	{ "x86_64", "amd64" },
	{ "aarch64", "arm64" },
};

const char *arch_canonical(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (str_eq(name, archs[i].canonical) ||
		    str_eq(name, archs[i].oci))
			return archs[i].canonical;
	return NULL;
}

const char *arch_oci(const char *canonical)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (str_eq(canonical, archs[i].canonical))
			return archs[i].oci;
	return NULL;
}

static int set_arch(struct settings *s, const char *name, const char *where,
		    struct vc_error *err)
{
	const char *canonical = arch_canonical(name);

	if (!canonical)
		return vc_fail_usage(err, "unknown architecture '%s' from %s: "
				     "supported are %s; name one with '--arch'",
				     name, where, arch_supported);
	free(s->arch);
	s->arch = xstrdup(canonical);
	return 0;
}

/* What follows "vdkr-" in the name we were called by, or NULL. */
static const char *name_suffix(const struct tool *t, const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *base = slash ? slash + 1 : argv0;
	size_t n = strlen(t->name);

	return !strncmp(base, t->name, n) && base[n] == '-' ? base + n + 1 :
							      NULL;
}

/* The one word of <config dir>/arch; NULL and 0 when there is none. */
static int read_arch_file(const char *path, char **ret, struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *word, *end;

	if (read_file_at(AT_FDCWD, path, 256, &b, err) < 0) {
		if (err->errnum != ENOENT && err->errnum != ENOTDIR)
			return -1;
		vc_error_release(err);
		return 0;
	}
	if (!b.len)
		return 0;
	word = buf_ptr(&b) + strspn(buf_ptr(&b), " \t\r\n");
	end = word + strlen(word);
	while (end > word && strchr(" \t\r\n", end[-1]))
		end--;
	if (end > word)
		*ret = xstrndup(word, (size_t)(end - word));
	return 0;
}

/* From files: 1 when one of them says, 0 when none does. */
static int arch_from_files(struct settings *s, struct vc_error *err)
{
	_cleanup_free_ char *value = NULL;
	_cleanup_free_ char *path = path_join(s->config_dir, "arch");
	_cleanup_free_ char *where = NULL;

	if (config_get(s->config_dir, "arch", &value, err) < 0)
		return -1;
	if (value) {
		where = xasprintf("'%s/config'", s->config_dir);
	} else {
		if (read_arch_file(path, &value, err) < 0)
			return -1;
		where = xasprintf("'%s'", path);
	}
	if (!value)
		return 0;
	return set_arch(s, value, where, err) < 0 ? -1 : 1;
}

int resolve_arch(struct settings *s, const char *argv0, struct vc_error *err)
{
	const char *suffix = name_suffix(s->tool, argv0);
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *where = NULL;
	struct utsname host;
	const char *value;
	int r;

	if (s->opt_arch)
		return set_arch(s, s->opt_arch, "'--arch'", err);
	if (suffix)
		return set_arch(s, suffix, "the name we were called by", err);
	value = tool_env(s->tool, "ARCH", &name);
	if (value) {
		where = xasprintf("$%s", name);
		return set_arch(s, value, where, err);
	}
	r = arch_from_files(s, err);
	if (r)
		return r < 0 ? -1 : 0;
	if (uname(&host) < 0)
		return vc_fail(err, errno, "cannot find out the architecture");
	return set_arch(s, host.machine, "this machine", err);
}
