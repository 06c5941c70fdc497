/* The values of a runtime configuration that mean more than text. */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime.h"
#include "vc/util.h"

/* (uid_t)-1 stands for "unchanged" in every system call that takes one. */
#define MAX_ID 4294967294u

static int refuse(const char *what, const char *value, const char *why,
		  struct vc_error *err)
{
	_cleanup_free_ char *shown = printable(value, strnlen(value, 100));

	for (char *p = shown; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = '?';
	return vc_fail(err, 0, "%s '%s' %s", what, shown, why);
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

/*
 * CVE-2024-40635: a number that does not fit became 0, which is root.  With a
 * sign or in the digits of a number too large it is no name either.
 */
static bool is_id_or_name(const char *s)
{
	const char *digits = s + (*s == '-' || *s == '+');
	uint64_t id;

	if (*digits && strspn(digits, "0123456789") == strlen(digits))
		return parse_u64(s, 0, MAX_ID, &id) == 0;
	return *s != '-' && !strpbrk(s, "/: ");
}

int user_check(const char *user, struct vc_error *err)
{
	_cleanup_free_ char *name = xstrdup(user);
	char *group = strchr(name, ':');

	if (has_control(user))
		return refuse("User", user, "has control characters", err);
	if (group)
		*group++ = '\0';
	if (!is_id_or_name(name) || (group && (!*group || !is_id_or_name(group))))
		return refuse("User", user, "is neither a name nor a number up "
					    "to 4294967294, with ':group' or "
					    "not", err);
	return 0;
}

/* Below `top` or it. */
static bool is_in(const char *path, const char *top)
{
	size_t n = strlen(top);

	return !strncmp(path, top, n) && (!path[n] || path[n] == '/');
}

/* The kernel's own trees lead elsewhere: "/proc/self/fd/7" may be a directory
 * of another root (CVE-2024-21626). */
static bool is_kernels(const char *path)
{
	return is_in(path, "/proc") || is_in(path, "/sys") ||
	       is_in(path, "/dev");
}

char *workdir_clean(const char *workdir, struct vc_error *err)
{
	_cleanup_free_ char *out = xmalloc(strlen(workdir) + 2);
	size_t len = 0;

	if (has_control(workdir)) {
		refuse("WorkingDir", workdir, "has control characters", err);
		return NULL;
	}
	for (const char *p = workdir; *p; p += strspn(p, "/")) {
		size_t n = strcspn(p, "/");

		if (n == 2 && !memcmp(p, "..", 2)) {
			while (len && out[--len] != '/')
				;
		} else if (n && !(n == 1 && *p == '.')) {
			out[len++] = '/';
			memcpy(out + len, p, n);
			len += n;
		}
		p += n;
	}
	if (!len)
		out[len++] = '/';
	out[len] = '\0';
	if (is_kernels(out)) {
		refuse("WorkingDir", workdir, "is in a tree of the kernel "
					      "('/proc', '/sys', '/dev')", err);
		return NULL;
	}
	return steal_ptr(out);
}

/* "SIGTERM", "SIGRTMIN+3"; NULL: no signal has the number. */
static char *name_of(int number)
{
	const char *name = number < SIGRTMIN ? sigabbrev_np(number) : NULL;

	if (name)
		return xasprintf("SIG%s", name);
	if (number < SIGRTMIN || number > SIGRTMAX)
		return NULL;
	return number == SIGRTMIN ?
		       xstrdup("SIGRTMIN") :
		       xasprintf("SIGRTMIN+%d", number - SIGRTMIN);
}

/* The number of "TERM", "RTMIN+3", "RTMAX-1"; 0: none. */
static int number_of(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} others[] = { { "IOT", SIGABRT }, { "CLD", SIGCHLD }, { "POLL", SIGPOLL } };
	uint64_t n = 0;

	if (!strncasecmp(name, "RTMIN", 5))
		return !name[5] || (name[5] == '+' &&
				    parse_u64(name + 6, 0, 30, &n) == 0) ?
			       SIGRTMIN + (int)n : 0;
	if (!strncasecmp(name, "RTMAX", 5))
		return !name[5] || (name[5] == '-' &&
				    parse_u64(name + 6, 0, 30, &n) == 0) ?
			       SIGRTMAX - (int)n : 0;
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *own = sigabbrev_np(i);

		if (own && !strcasecmp(own, name))
			return i;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcasecmp(others[i].name, name))
			return others[i].number;
	return 0;
}

char *signal_name(const char *text, struct vc_error *err)
{
	const char *bare = strncasecmp(text, "SIG", 3) ? text : text + 3;
	uint64_t number;
	char *name;

	if (parse_u64(text, 1, (uint64_t)SIGRTMAX, &number) == 0)
		name = name_of((int)number);
	else
		name = name_of(number_of(bare));
	if (!name)
		refuse("StopSignal", text, "is no signal", err);
	return name;
}
