/* Numbers as people read them. */
#include <inttypes.h>

#include "applet/applet.h"
#include "vc/util.h"

char *human_size(uint64_t bytes)
{
	static const char units[] = "KMGTP";
	double v = (double)bytes / 1024;
	size_t u = 0;

	if (bytes < 1024)
		return xasprintf("%" PRIu64 "B", bytes);
	/* not 1024: "1024.0K" is what 1023.96 would be printed as */
	while (v >= 1023.95 && u + 2 < sizeof(units)) {
		v /= 1024;
		u++;
	}
	return xasprintf("%.1f%c", v, units[u]);
}

char *human_time(uint64_t seconds)
{
	uint64_t minutes = seconds / 60, hours = minutes / 60;

	if (hours)
		return xasprintf("%" PRIu64 "h %02um %02us", hours,
				 (unsigned)(minutes % 60),
				 (unsigned)(seconds % 60));
	if (minutes)
		return xasprintf("%" PRIu64 "m %02us", minutes,
				 (unsigned)(seconds % 60));
	return xasprintf("%" PRIu64 "s", seconds);
}
