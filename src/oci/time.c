/* Times as documents write them. */
#include <string.h>
#include <time.h>

#include "runtime.h"
#include "vc/util.h"

/* `n` digits; -1 when there are others. */
static int number(const char **p, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	return v;
}

static bool separator(const char **p, const char *set)
{
	return **p && strchr(set, *(*p)++);
}

static bool date(const char **p, struct tm *tm)
{
	tm->tm_year = number(p, 4) - 1900;
	if (tm->tm_year < -1900 || !separator(p, "-"))
		return false;
	tm->tm_mon = number(p, 2) - 1;
	if (tm->tm_mon < 0 || tm->tm_mon > 11 || !separator(p, "-"))
		return false;
	tm->tm_mday = number(p, 2);
	return tm->tm_mday >= 1 && tm->tm_mday <= 31;
}

static bool clock_time(const char **p, struct tm *tm)
{
	tm->tm_hour = number(p, 2);
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || !separator(p, ":"))
		return false;
	tm->tm_min = number(p, 2);
	if (tm->tm_min < 0 || tm->tm_min > 59 || !separator(p, ":"))
		return false;
	tm->tm_sec = number(p, 2);
	if (tm->tm_sec < 0 || tm->tm_sec > 60)
		return false;
	if (**p == '.') {
		size_t n = strspn(++*p, "0123456789");

		*p += n;
		return n > 0;
	}
	return true;
}

/* "Z" or "+01:00", in seconds east of Greenwich. */
static bool zone(const char **p, int64_t *ret)
{
	int sign = **p == '-' ? -1 : 1, h, m;

	if (separator(p, "Zz")) {
		*ret = 0;
		return true;
	}
	if (!strchr("+-", (*p)[-1]))
		return false;
	h = number(p, 2);
	if (h < 0 || h > 23 || !separator(p, ":"))
		return false;
	m = number(p, 2);
	*ret = sign * (h * 3600 + m * 60);
	return m >= 0 && m <= 59;
}

int time_parse(const char *text, int64_t *ret, struct vc_error *err)
{
	struct tm tm = { 0 };
	const char *p = text;
	int64_t east, t;

	if (!date(&p, &tm) || !separator(&p, "Tt ") || !clock_time(&p, &tm) ||
	    !*p || !zone(&p, &east) || *p) {
		_cleanup_free_ char *shown = printable(text, strnlen(text, 60));

		return vc_fail(err, 0, "'%s' is no time as RFC 3339 writes it",
			       shown);
	}
	t = (int64_t)timegm(&tm) - east;
	*ret = t < 0 ? 0 : t;
	return 0;
}
