/*
 * The options of build that name something of the host.  Secrets travel as
 * files in the guest's memory, never in an argument.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/build.h"
#include "engine/copy_path.h"
#include "vc/util.h"

enum what {
	READ,    /* a file, staged */
	WRITTEN, /* a file, brought back */
	REFUSED,
	OTHER,   /* by a function */
};

bool build_is_remote(const char *s)
{
	static const char *const prefixes[] = { "http://", "https://", "git://",
						"ssh://", "git@", "github.com/" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_starts(s, prefixes[i]))
			return true;
	return false;
}

/* --- "key=value,key=value" ------------------------------------------------ */

/* The value of a key, by any of two names; NULL: not there. Owned by the
 * caller. */
static char *field(const char *fields, const char *key, const char *other)
{
	const char *keys[] = { key, other };

	for (const char *p = fields; *p;) {
		size_t len = strcspn(p, ","), name = strcspn(p, "=,");

		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (keys[i] && name < len && strlen(keys[i]) == name &&
			    !strncasecmp(p, keys[i], name))
				return xstrndup(p + name + 1, len - name - 1);
		p += len + (p[len] == ',');
	}
	return NULL;
}

/* Quotes in comma-separated fields are rare; read wrongly, they would name
 * another file than the engine reads. */
static int check_quotes(const struct scan_option *o, struct vc_error *err)
{
	if (strchr(o->value, '"'))
		return vc_fail(err, 0, "quotes in '--%.*s %s' are not supported by this "
			       "release", (int)o->name_len, o->name, o->value);
	return 0;
}

static int refuse(const struct scan_option *o, const char *why, struct vc_error *err)
{
	return vc_fail(err, 0, "'--%.*s %s' is not supported by this release: %s",
		       (int)o->name_len, o->name, o->value, why);
}

/* --- the options ---------------------------------------------------------- */

static int stage_secret(struct engine_call *call, size_t i, struct vc_error *err)
{
	const char *value = call->scan.options[i].value;
	_cleanup_free_ char *id = field(value, "id", NULL);
	_cleanup_free_ char *type = field(value, "type", NULL);
	_cleanup_free_ char *src = field(value, "src", "source");
	_cleanup_free_ char *env = field(value, "env", NULL);
	_cleanup_free_ char *name = xasprintf("b%zu", i);
	_cleanup_free_ char *guest = NULL, *changed = NULL;
	const char *variable = env;

	if (!id || !*id)
		return 0; /* the engine says what is wrong with it */
	if (!variable && str_eq(type, "env"))
		variable = src ? src : id;
	if (!variable && !src && !str_eq(type, "file") && getenv(id))
		variable = id;
	if (variable) {
		const char *text = getenv(variable);

		if (!text)
			return vc_fail(err, 0, "secret '%s': the variable '%s' is not set", id,
				       variable);
		stage_add_bytes(&call->stage, text, strlen(text), name, &guest);
	} else if (stage_add_file(&call->stage, src ? src : id, name, &guest, err) < 0) {
		return vc_wrap(err, "secret '%s'", id);
	}
	changed = xasprintf("id=%s,src=%s", id, guest);
	scan_set_value(&call->scan, i, &call->argv, changed);
	return 0;
}

/* "-o DIR" is short for "type=local,dest=DIR", "-o -" for a tar on stdout. */
static int check_output(const struct scan_option *o, struct vc_error *err)
{
	_cleanup_free_ char *type = field(o->value, "type", NULL);
	_cleanup_free_ char *dest = field(o->value, "dest", NULL);

	if (!strcmp(o->value, "-") || str_eq(dest, "-"))
		return 0;
	if (dest || str_eq(type, "local") || !strchr(o->value, '='))
		return refuse(o, "use '-o type=tar,dest=-' and redirect standard output", err);
	return 0;
}

static int check_cache(const struct scan_option *o, struct vc_error *err)
{
	_cleanup_free_ char *type = field(o->value, "type", NULL);

	if (str_eq(type, "local"))
		return refuse(o, "use 'type=registry' or 'type=inline'", err);
	return 0;
}

static int check_named_context(const struct scan_option *o, struct vc_error *err)
{
	static const char *const remote[] = { "docker-image://", "container-image:",
					      "docker://", "target:" };
	const char *value = strchr(o->value, '=');

	if (!value || build_is_remote(value + 1))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(remote); i++)
		if (str_starts(value + 1, remote[i]))
			return 0;
	return refuse(o, "only the build's own context can be a directory of the host", err);
}

static int other(struct engine_call *call, size_t i, struct vc_error *err)
{
	const struct scan_option *o = &call->scan.options[i];

	if (check_quotes(o, err) < 0)
		return -1;
	if (scan_is(o, "secret"))
		return stage_secret(call, i, err);
	if (scan_is(o, "output"))
		return check_output(o, err);
	if (scan_is(o, "build-context"))
		return check_named_context(o, err);
	return check_cache(o, err);
}

/* --- all of them ---------------------------------------------------------- */

static const struct {
	const char *name;
	enum what what;
} host_options[] = {
	{ "authfile", READ },
	{ "build-arg-file", READ },
	{ "ignorefile", READ },
	{ "signature-policy", READ },
	{ "iidfile", WRITTEN },
	{ "logfile", WRITTEN },
	{ "metadata-file", WRITTEN },
	{ "ssh", REFUSED },
	{ "cert-dir", REFUSED },
	{ "decryption-key", REFUSED },
	{ "hooks-dir", REFUSED },
	{ "sbom-output", REFUSED },
	{ "sbom-purl-output", REFUSED },
	{ "secret", OTHER },
	{ "output", OTHER },
	{ "cache-from", OTHER },
	{ "cache-to", OTHER },
	{ "build-context", OTHER },
};

static int handle(struct engine_call *call, size_t i, enum what what,
		  struct vc_error *err)
{
	const struct scan_option *o = &call->scan.options[i];
	_cleanup_free_ char *name = xasprintf("b%zu", i);
	_cleanup_free_ char *guest = NULL;

	switch (what) {
	case READ:
		if (stage_add_file(&call->stage, o->value, name, &guest, err) < 0)
			return -1;
		break;
	case WRITTEN:
		/* as docker: none is better than that of an earlier build */
		if (unlink(o->value) < 0 && errno != ENOENT)
			return vc_fail(err, errno, "cannot replace '%s'", o->value);
		stage_expect(&call->stage, name, o->value, &guest);
		break;
	case REFUSED:
		return refuse(o, "it names something of the host", err);
	case OTHER:
		return other(call, i, err);
	}
	scan_set_value(&call->scan, i, &call->argv, guest);
	return 0;
}

int build_options(struct engine_call *call, struct vc_error *err)
{
	for (size_t i = 0; i < call->scan.n_options; i++) {
		const struct scan_option *o = &call->scan.options[i];

		for (size_t n = 0; o->value && n < ARRAY_SIZE(host_options); n++) {
			if (!scan_is(o, host_options[n].name))
				continue;
			if (handle(call, i, host_options[n].what, err) < 0)
				return -1;
			break;
		}
	}
	return 0;
}
