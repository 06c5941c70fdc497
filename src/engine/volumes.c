/*
 * Volumes and ports that would not mean what they say.  A host directory as a
 * volume would silently be the guest's directory of that name, so it is
 * refused; a published port is published by the engine, inside the VM.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/call.h"
#include "vc/log.h"
#include "vc/util.h"

static int refuse(const char *source, size_t len, struct vc_error *err)
{
	vc_fail(err, 0, "cannot share '%.*s' with the VM: host directories as volumes are "
		"not supported by this release; use a named volume ('-v NAME:/path') or "
		"'cp'", (int)len, source);
	err->status = VC_EXIT_ENGINE;
	return -1;
}

/* "NAME:/path" and "/path" are the engine's; "/host:/path", "./x:/path" ours. */
static int check_volume(const char *value, struct vc_error *err)
{
	size_t len = strcspn(value, ":");

	if (!value[len])
		return 0;
	if (*value == '.' || *value == '~' || memchr(value, '/', len))
		return refuse(value, len, err);
	return 0;
}

/* The next field of a line of comma-separated values, quotes taken off as Go's
 * encoding/csv does; NULL at the end. Owned by the caller. */
static char *next_field(const char **p)
{
	_cleanup_free_ char *out = xmalloc(strlen(*p) + 1);
	bool quoted = false;
	size_t len = 0;

	if (!**p)
		return NULL;
	for (; **p && (quoted || **p != ','); ++*p) {
		if (**p != '"')
			out[len++] = **p;
		else if (quoted && (*p)[1] == '"')
			out[len++] = *++*p;
		else
			quoted = !quoted;
	}
	*p += **p == ',';
	out[len] = '\0';
	return steal_ptr(out);
}

/* Fields "key=value"; engines read both without regard to case. */
static int check_mount(const char *value, struct vc_error *err)
{
	_cleanup_free_ char *source = xstrdup(value);
	bool host = false;
	char *field;

	while ((field = next_field(&value))) {
		if (!strcasecmp(field, "type=bind") || !strcasecmp(field, "type=glob"))
			host = true;
		if (!strncasecmp(field, "source=", 7) || !strncasecmp(field, "src=", 4)) {
			free(source);
			source = xstrdup(strchr(field, '=') + 1);
		}
		free(field);
	}
	return host ? refuse(source, strlen(source), err) : 0;
}

int engine_check_mounts(const struct engine_call *call, struct vc_error *err)
{
	bool ports = false;

	for (size_t i = 0; i < call->scan.n_options; i++) {
		const struct scan_option *o = &call->scan.options[i];

		if (o->value && scan_is(o, "volume") && check_volume(o->value, err) < 0)
			return -1;
		if (o->value && scan_is(o, "mount") && check_mount(o->value, err) < 0)
			return -1;
		ports = ports || scan_is(o, "publish") || scan_is(o, "publish-all");
	}
	if (scan_flag(&call->scan, "rootfs"))
		return vc_fail(err, 0, "'--rootfs' names a directory of the host, which is not "
			       "supported by this release: use 'import'");
	if (ports)
		log_note("published ports are reachable inside the VM only in this release");
	return 0;
}
