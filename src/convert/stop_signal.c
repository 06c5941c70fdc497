/* See stop_signal.h. */
#include "convert/stop_signal.h"

#include <signal.h>
#include <string.h>

#include "vc/msg.h"
#include "vc/util.h"

/* As docker counts them: the first two real-time signals are the C
 * library's. */
#define RT_MIN 34u
#define RT_MAX 64u

static bool parse_realtime(const char *name, uint32_t *ret)
{
	uint64_t n = 0;

	if (str_starts(name, "RTMIN")) {
		name += strlen("RTMIN");
		if (*name && (*name != '+' ||
			      parse_u64(name + 1, 0, RT_MAX - RT_MIN, &n) < 0))
			return false;
		*ret = RT_MIN + (uint32_t)n;
		return true;
	}
	if (!str_starts(name, "RTMAX"))
		return false;
	name += strlen("RTMAX");
	if (*name &&
	    (*name != '-' || parse_u64(name + 1, 0, RT_MAX - RT_MIN, &n) < 0))
		return false;
	*ret = RT_MAX - (uint32_t)n;
	return true;
}

static bool parse_name(const char *name, uint32_t *ret)
{
	for (int sig = 1; sig < (int)RT_MIN; sig++) {
		const char *known = sigabbrev_np(sig);

		if (known && !strcmp(known, name)) {
			*ret = (uint32_t)sig;
			return true;
		}
	}
	return parse_realtime(name, ret);
}

int stop_signal_parse(const char *name, uint32_t *ret, struct vc_error *err)
{
	_cleanup_free_ char *clean = NULL;
	uint64_t number;

	if (!name || !*name) {
		*ret = SIGTERM;
		return 0;
	}
	if (parse_u64(name, 1, IMAGE_SIGNAL_MAX, &number) == 0) {
		*ret = (uint32_t)number;
		return 0;
	}
	if (parse_name(str_starts(name, "SIG") ? name + 3 : name, ret))
		return 0;
	clean = printable(name, strlen(name));
	return vc_fail(err, 0, "the image's stop signal '%.40s' is none that "
		       "Linux has", clean);
}
