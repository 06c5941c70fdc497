/* Checks of single values; see values.h. */
#include "cli/values.h"

#include <string.h>

#include "vc/util.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define ALNUM \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Whole MiB only: QEMU would round anything else, to a size nobody named. */
static int size_between(const char *s, uint64_t unit, uint64_t min,
			uint64_t max, uint64_t *ret)
{
	uint64_t v;

	if (parse_size(s, unit, &v) < 0 || v < min || v > max || v % MIB)
		return -1;
	*ret = v;
	return 0;
}

/* A bare number is MiB, as in QEMU's -m. */
int value_memory(const char *s, uint64_t *ret, struct vc_error *err)
{
	if (size_between(s, MIB, 256 * MIB, 1024 * GIB, ret) < 0)
		return vc_fail_usage(err, "'%s' is no memory size: "
				     "from 256M to 1024G, such as 2048M", s);
	return 0;
}

/* A bare number is bytes, as in qemu-img. */
int value_disk(const char *s, uint64_t *ret, struct vc_error *err)
{
	if (size_between(s, 1, GIB, 8192 * GIB, ret) < 0)
		return vc_fail_usage(err, "'%s' is no disk size: "
				     "from 1G to 8192G, such as 64G", s);
	return 0;
}

int value_cpus(const char *s, uint64_t *ret, struct vc_error *err)
{
	if (parse_u64(s, 1, 255, ret) < 0)
		return vc_fail_usage(err, "'%s' is no number of CPUs: "
				     "from 1 to 255", s);
	return 0;
}

/* Up to a year, so that it fits wherever it is counted in milliseconds. */
int value_seconds(const char *s, uint64_t *ret, struct vc_error *err)
{
	if (parse_u64(s, 0, 31536000, ret) < 0)
		return vc_fail_usage(err, "'%s' is no number of seconds: "
				     "from 0 (no limit) to 31536000", s);
	return 0;
}

int value_bool(const char *s, bool *ret, struct vc_error *err)
{
	if (!strcmp(s, "true") || !strcmp(s, "yes") || !strcmp(s, "1"))
		*ret = true;
	else if (!strcmp(s, "false") || !strcmp(s, "no") || !strcmp(s, "0"))
		*ret = false;
	else
		return vc_fail_usage(err, "'%s' is neither true nor false", s);
	return 0;
}

/* Length of the host part: "[v6]" or a name; 0 when it is neither. */
static size_t host_length(const char *s)
{
	size_t n;

	if (*s != '[')
		return strspn(s, ALNUM) ? strspn(s, ALNUM "_.-") : 0;
	n = strspn(s + 1, "0123456789abcdefABCDEF:.");
	return n && s[n + 1] == ']' ? n + 2 : 0;
}

int value_registry(const char *s, struct vc_error *err)
{
	size_t n = host_length(s);
	uint64_t port;

	if (!n || (s[n] && (s[n] != ':' ||
			    parse_u64(s + n + 1, 1, 65535, &port) < 0)))
		return vc_fail_usage(err, "'%s' is no registry: HOST or "
				     "HOST:PORT, without a scheme or path", s);
	return 0;
}

int value_instance(const char *s, struct vc_error *err)
{
	if (!strspn(s, ALNUM) || s[strspn(s, ALNUM "_.-")])
		return vc_fail_usage(err, "'%s' is no instance name: a letter "
				     "or digit, then letters, digits, "
				     "'_', '.' and '-'", s);
	return 0;
}

int value_path(const char *s, struct vc_error *err)
{
	const char *p = s;

	while (*p && (unsigned char)*p >= 0x20 && *p != 0x7f)
		p++;
	if (*s != '/' || *p || str_ends(s, " "))
		return vc_fail_usage(err, "'%s' is no absolute path", s);
	return 0;
}
