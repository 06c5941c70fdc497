/* The lines of an answer's head. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"
#include "vc/util.h"

#define MAX_CHALLENGES 16

void response_release(struct response *r)
{
	free(r->content_type);
	free(r->content_range);
	free(r->location);
	free(r->content_digest);
	strv_release(&r->challenges);
	*r = (struct response){ .length = LENGTH_UNKNOWN, .retry_after = -1 };
}

/* The value behind "name:", owned by the caller; NULL: another header. */
static char *value_of(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	line += n + 1;
	len -= n + 1;
	while (len && strchr(" \t\r\n", line[len - 1]))
		len--;
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	return xstrndup(line, len);
}

/* Of several with one name the first counts. */
static void take(char **to, const char *line, size_t len, const char *name)
{
	char *value = *to ? NULL : value_of(line, len, name);

	if (value)
		*to = value;
}

void response_line(struct response *r, const char *line, size_t len)
{
	char *challenge;

	/* what came before was an interim answer's */
	if (len > 5 && !strncmp(line, "HTTP/", 5)) {
		response_release(r);
		return;
	}
	take(&r->content_type, line, len, "Content-Type");
	take(&r->content_range, line, len, "Content-Range");
	take(&r->location, line, len, "Location");
	take(&r->content_digest, line, len, "Docker-Content-Digest");
	challenge = value_of(line, len, "WWW-Authenticate");
	if (challenge && r->challenges.n < MAX_CHALLENGES)
		strv_add(&r->challenges, challenge);
	free(challenge);
}
