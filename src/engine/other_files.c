/*
 * Files of the host that less common options and words name.  Passed on as
 * they are they would be the guest's: a file read would be another one, and
 * one written would be lost without a word.
 */
#include <string.h>

#include "engine/call.h"
#include "engine/environment.h"
#include "vc/util.h"

enum what { READ, WRITTEN, REFUSED };

static const struct {
	const char *first; /* of the command's words; NULL: any command */
	const char *name;
	enum what what;
} options[] = {
	{ "login", "authfile", REFUSED },
	{ "logout", "authfile", REFUSED },
	{ NULL, "compat-auth-file", REFUSED },
	{ NULL, "authfile", READ },
	{ NULL, "iidfile", WRITTEN },
	{ NULL, "digestfile", WRITTEN },
	{ "generate", "filename", WRITTEN },
	{ "kube", "filename", WRITTEN },
	{ NULL, "cert-dir", REFUSED },
	{ NULL, "decryption-key", REFUSED },
	{ NULL, "encryption-key", REFUSED },
	{ NULL, "sign-by-sigstore", REFUSED },
	{ NULL, "sign-by-sigstore-private-key", REFUSED },
	{ NULL, "sign-passphrase-file", REFUSED },
	{ NULL, "pidfile", REFUSED },
	{ NULL, "conmon-pidfile", REFUSED },
	{ NULL, "infra-conmon-pidfile", REFUSED },
	{ NULL, "pod-id-file", REFUSED },
	{ NULL, "hosts-file", REFUSED },
	{ NULL, "hooks-dir", REFUSED },
	{ NULL, "chrootdirs", REFUSED },
	{ NULL, "checkpoint-dir", REFUSED },
	{ "container", "export", REFUSED },
	{ "container", "import", REFUSED },
	{ "container", "import-previous", REFUSED },
	{ "kube", "configmap", REFUSED },
	{ "kube", "context-dir", REFUSED },
	{ "kube", "seccomp-profile-root", REFUSED },
	{ "play", "configmap", REFUSED },
	{ "play", "context-dir", REFUSED },
};

static int handle(struct engine_call *call, size_t i, enum what what,
		  struct vc_error *err)
{
	const struct scan_option *o = &call->scan.options[i];
	_cleanup_free_ char *name = xasprintf("o%zu", i);
	_cleanup_free_ char *guest = NULL;

	if (what == REFUSED)
		return vc_fail(err, 0, "'--%.*s %s' is not supported by this release: it "
			       "names something of the host", (int)o->name_len, o->name,
			       o->value);
	if (what == WRITTEN)
		stage_expect(&call->stage, name, o->value, &guest);
	else if (stage_add_file(&call->stage, o->value, name, &guest, err) < 0)
		return -1;
	scan_set_value(&call->scan, i, &call->argv, guest);
	return 0;
}

static int handle_options(struct engine_call *call, struct vc_error *err)
{
	for (size_t i = 0; i < call->scan.n_options; i++) {
		const struct scan_option *o = &call->scan.options[i];

		for (size_t n = 0; o->value && n < ARRAY_SIZE(options); n++) {
			if (!scan_is(o, options[n].name) ||
			    (options[n].first &&
			     strcmp(options[n].first, call->argv.v[1])))
				continue;
			if (handle(call, i, options[n].what, err) < 0)
				return -1;
			break;
		}
	}
	return 0;
}

/* podman: "secret create --env NAME VARIABLE" */
static int handle_word(struct engine_call *call, struct vc_error *err)
{
	size_t n = call->command ? call->command->file_word : 0;
	_cleanup_free_ char *guest = NULL;
	const char *word;

	if (!n || call->scan.n_words < n)
		return 0;
	word = call->argv.v[call->scan.words[n - 1]];
	if (scan_flag(&call->scan, "env")) {
		environment_pass(&call->env, word);
		return 0;
	}
	if (!strcmp(word, "-") || strstr(word, "://"))
		return 0;
	if (stage_add_file(&call->stage, word, "word", &guest, err) < 0)
		return -1;
	strv_set(&call->argv, call->scan.words[n - 1], steal_ptr(guest));
	return 0;
}

int engine_other_files(struct engine_call *call, struct vc_error *err)
{
	if (handle_options(call, err) < 0 || handle_word(call, err) < 0) {
		err->status = VC_EXIT_ENGINE;
		return -1;
	}
	return 0;
}
