/* When to try again. */
#include "job.h"

#define FIRST_MS 500
#define LONGEST_MS 30000

int64_t retry_delay(unsigned n, unsigned dice)
{
	int64_t full = n < 6 ? FIRST_MS << n : LONGEST_MS;

	if (full > LONGEST_MS)
		full = LONGEST_MS;
	/* between half and all of it, so that many clients do not come back
	 * together */
	return full / 2 + dice % (unsigned)(full / 2 + 1);
}
