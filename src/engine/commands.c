/*
 * The engines' commands, as far as they need more than passing on.  One table
 * serves both engines: their options differ, but no name means a flag here
 * and takes a value there.  scripts/check-engine-options compares it with
 * what the engines themselves print.
 */
#include <string.h>
#include <unistd.h>

#include "engine/call.h"
#include "vc/util.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NONE ((const char *const[]){ NULL })

static const struct option_table run_options = {
	.flag_letters = "ditPq",
	.flags = LIST("detach", "disable-content-trust", "env-host", "http-proxy",
		      "init", "interactive", "no-healthcheck", "no-hostname",
		      "no-hosts", "oom-kill-disable", "passwd", "privileged",
		      "publish-all", "quiet", "read-only", "read-only-tmpfs",
		      "replace", "rm", "rmi", "rootfs", "sig-proxy", "tls-verify",
		      "tty", "unsetenv-all", "use-api-socket"),
	.letters = LIST("a=attach", "c=cpu-shares", "d=detach", "e=env",
			"h=hostname", "i=interactive", "l=label", "m=memory",
			"p=publish", "P=publish-all", "q=quiet", "t=tty", "u=user",
			"v=volume", "w=workdir"),
};

static const struct option_table exec_options = {
	.flag_letters = "ditl",
	.flags = LIST("detach", "interactive", "latest", "no-session", "privileged",
		      "tty"),
	.letters = LIST("d=detach", "e=env", "i=interactive", "l=latest", "t=tty",
			"u=user", "w=workdir"),
};

static const struct option_table start_options = {
	.flag_letters = "ail",
	.flags = LIST("all", "attach", "interactive", "latest", "no-stdin",
		      "sig-proxy"),
	.letters = LIST("a=attach", "f=filter", "i=interactive", "l=latest"),
	.interspersed = true,
};

static const struct option_table load_options = {
	.flag_letters = "q",
	.flags = LIST("quiet"),
	.letters = LIST("i=input", "q=quiet"),
	.interspersed = true,
};

static const struct option_table import_options = {
	.flag_letters = "q",
	.flags = LIST("quiet"),
	.letters = LIST("c=change", "m=message", "q=quiet"),
	.interspersed = true,
};

static const struct option_table save_options = {
	.flag_letters = "qm",
	.flags = LIST("compress", "multi-image-archive", "quiet", "uncompressed"),
	.letters = LIST("m=multi-image-archive", "o=output", "q=quiet"),
	.interspersed = true,
};

static const struct option_table copy_options = {
	.flag_letters = "aLq",
	.flags = LIST("archive", "follow-link", "overwrite", "quiet"),
	.letters = LIST("a=archive", "L=follow-link", "q=quiet"),
	.interspersed = true,
};

static const struct option_table build_options = {
	.flag_letters = "qD",
	.flags = LIST("all-platforms", "compat-volumes", "compress",
		      "disable-compression", "disable-content-trust", "force-rm",
		      "http-proxy", "identity-label", "layers", "load", "logsplit",
		      "no-cache", "no-hostname", "no-hosts", "omit-history", "pull",
		      "push", "quiet", "rm", "skip-unused-stages", "squash",
		      "squash-all", "stdin", "tls-verify"),
	.letters = LIST("c=cpu-shares", "D=disable-compression", "f=file",
			"m=memory", "o=output", "q=quiet", "t=tag", "v=volume"),
	.interspersed = true,
};

static const struct option_table prune_options = {
	.flag_letters = "af",
	.flags = LIST("all", "build", "build-cache", "external", "force", "verbose",
		      "volumes"),
	.letters = LIST("a=all", "f=force"),
	.interspersed = true,
};

static const struct option_table login_options = {
	.flag_letters = "v",
	.flags = LIST("get-login", "password-stdin", "tls-verify", "verbose"),
	.letters = LIST("p=password", "u=username", "v=verbose"),
	.interspersed = true,
};

static const struct option_table secret_options = {
	.flag_letters = "",
	.flags = LIST("env", "replace"),
	.letters = LIST("d=driver", "l=label"),
	.interspersed = true,
};

static const struct option_table pod_options = {
	.flag_letters = "",
	.flags = LIST("infra", "no-hostname", "no-hosts", "replace", "share-parent"),
	.letters = LIST("c=cpu-shares", "h=hostname", "l=label", "m=memory", "n=name",
			"p=publish", "v=volume"),
	.interspersed = true,
};

static const struct option_table kube_options = {
	.flag_letters = "qw",
	.flags = LIST("build", "force", "no-hostname", "no-hosts", "publish-all",
		      "quiet", "replace", "start", "tls-verify", "wait"),
	.letters = LIST("q=quiet", "w=wait"),
	.interspersed = true,
};

static const struct option_table generate_options = {
	.flag_letters = "s",
	.flags = LIST("podman-only", "service"),
	.letters = LIST("f=filename", "r=replicas", "s=service", "t=type"),
	.interspersed = true,
};

static const struct option_table checkpoint_options = {
	.flag_letters = "aklPR",
	.flags = LIST("all", "file-locks", "ignore-rootfs", "ignore-volumes", "keep",
		      "latest", "leave-running", "pre-checkpoint", "print-stats",
		      "tcp-established", "with-previous"),
	.letters = LIST("a=all", "c=compress", "e=export", "k=keep", "l=latest",
			"P=pre-checkpoint", "R=leave-running"),
	.interspersed = true,
};

static const struct option_table restore_options = {
	.flag_letters = "akl",
	.flags = LIST("all", "file-locks", "ignore-rootfs", "ignore-static-ip",
		      "ignore-static-mac", "ignore-volumes", "keep", "latest",
		      "print-stats", "tcp-established"),
	.letters = LIST("a=all", "i=import", "k=keep", "l=latest", "n=name",
			"p=publish"),
	.interspersed = true,
};

/* For commands of which only "-" among the words matters. */
static const struct option_table no_options = {
	.flag_letters = "", .flags = NONE, .letters = NONE,
	.interspersed = true, .guess = true,
};

static const struct engine_command commands[] = {
	{ "run", NULL, &run_options, STDIN_INTERACTIVE, NULL, 0 },
	{ "create", NULL, &run_options, STDIN_NEVER, NULL, 0 },
	{ "exec", NULL, &exec_options, STDIN_INTERACTIVE, NULL, 0 },
	{ "start", NULL, &start_options, STDIN_INTERACTIVE, NULL, 0 },
	{ "attach", NULL, &start_options, STDIN_ATTACH, NULL, 0 },
	{ "load", NULL, &load_options, STDIN_ALWAYS, engine_load, 0 },
	{ "import", NULL, &import_options, STDIN_DASH, engine_import, 0 },
	{ "save", NULL, &save_options, STDIN_NEVER, engine_save, 0 },
	{ "export", NULL, &save_options, STDIN_NEVER, engine_save, 0 },
	{ "cp", NULL, &copy_options, STDIN_DASH, engine_copy, 0 },
	{ "build", NULL, &build_options, STDIN_DASH, engine_build, 0 },
	{ "container", "run", &run_options, STDIN_INTERACTIVE, NULL, 0 },
	{ "container", "create", &run_options, STDIN_NEVER, NULL, 0 },
	{ "container", "exec", &exec_options, STDIN_INTERACTIVE, NULL, 0 },
	{ "container", "start", &start_options, STDIN_INTERACTIVE, NULL, 0 },
	{ "container", "attach", &start_options, STDIN_ATTACH, NULL, 0 },
	{ "container", "export", &save_options, STDIN_NEVER, engine_save, 0 },
	{ "container", "cp", &copy_options, STDIN_DASH, engine_copy, 0 },
	{ "image", "load", &load_options, STDIN_ALWAYS, engine_load, 0 },
	{ "image", "import", &import_options, STDIN_DASH, engine_import, 0 },
	{ "image", "save", &save_options, STDIN_NEVER, engine_save, 0 },
	{ "image", "build", &build_options, STDIN_DASH, engine_build, 0 },
	{ "builder", "build", &build_options, STDIN_DASH, engine_build, 0 },
	{ "buildx", "build", &build_options, STDIN_DASH, engine_build, 0 },
	{ "secret", "create", &secret_options, STDIN_DASH, NULL, 2 },
	{ "config", "create", &secret_options, STDIN_DASH, NULL, 2 },
	{ "volume", "export", &save_options, STDIN_NEVER, engine_save, 0 },
	{ "volume", "import", &no_options, STDIN_DASH, engine_volume_import, 0 },
	{ "kube", "play", &kube_options, STDIN_DASH, NULL, 1 },
	{ "kube", "down", &kube_options, STDIN_DASH, NULL, 1 },
	{ "kube", "generate", &generate_options, STDIN_NEVER, NULL, 0 },
	{ "play", "kube", &kube_options, STDIN_DASH, NULL, 1 },
	{ "generate", NULL, &generate_options, STDIN_NEVER, NULL, 0 },
	{ "container", "checkpoint", &checkpoint_options, STDIN_NEVER, NULL, 0 },
	{ "container", "restore", &restore_options, STDIN_NEVER, NULL, 0 },
	{ "pod", "create", &pod_options, STDIN_NEVER, NULL, 0 },
	{ "login", NULL, &login_options, STDIN_LOGIN, NULL, 0 },
	{ "container", "prune", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "image", "prune", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "volume", "prune", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "network", "prune", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "builder", "prune", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "buildx", "prune", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "pod", "prune", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "system", "prune", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "system", "reset", &prune_options, STDIN_PROMPT, NULL, 0 },
	{ "container", NULL, &no_options, STDIN_NEVER, NULL, 0 },
	{ "image", NULL, &no_options, STDIN_NEVER, NULL, 0 },
	{ "volume", NULL, &no_options, STDIN_NEVER, NULL, 0 },
	{ "network", NULL, &no_options, STDIN_NEVER, NULL, 0 },
	{ "system", NULL, &no_options, STDIN_NEVER, NULL, 0 },
	{ "pod", NULL, &no_options, STDIN_NEVER, NULL, 0 },
	{ "manifest", NULL, &no_options, STDIN_NEVER, NULL, 0 },
};

/* Commands that never look at their standard input.  One that is in no list
 * gets it: better a byte too many than one lost. */
static const char *const silent[] = {
	"commit", "diff", "events", "healthcheck", "history", "images", "info", "inspect", "kill",
	"logout", "logs", "pause", "port", "ps", "pull", "push", "rename",
	"restart", "rm", "rmi", "search", "stats", "stop", "tag", "top",
	"init", "mount", "unmount", "untag", "unpause", "update", "version", "wait",
};

const struct engine_command *engine_find(int argc, char *const *argv,
					 size_t *ret_words)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct engine_command *c = &commands[i];

		if (strcmp(c->first, argv[0]) ||
		    (c->second && (argc < 2 || strcmp(c->second, argv[1]))))
			continue;
		*ret_words = c->second ? 2 : 1;
		return c;
	}
	*ret_words = 1;
	return NULL;
}

bool engine_reads_stdin(const struct engine_call *call)
{
	switch (call->command ? call->command->stdin_use : STDIN_ALWAYS) {
	case STDIN_NEVER:
		return false;
	case STDIN_INTERACTIVE:
		return scan_flag(&call->scan, "interactive") &&
		       !scan_flag(&call->scan, "detach");
	case STDIN_ATTACH:
		return !scan_flag(&call->scan, "no-stdin");
	case STDIN_DASH:
		for (size_t i = 0; i < call->scan.n_options; i++)
			if (str_eq(call->scan.options[i].value, "-"))
				return true;
		for (size_t i = call->first; i < call->argv.n; i++)
			if (!strcmp(call->argv.v[i], "-"))
				return true;
		return false;
	case STDIN_PROMPT:
		return !scan_flag(&call->scan, "force");
	case STDIN_LOGIN:
		/* docker asks only on a terminal, podman anywhere */
		return scan_flag(&call->scan, "password-stdin") ||
		       (!scan_find(&call->scan, "password") &&
			(engine_is_podman(call) || isatty(STDIN_FILENO)));
	case STDIN_ALWAYS:
		break;
	}
	for (size_t i = 0; !call->command && i < ARRAY_SIZE(silent); i++)
		if (!strcmp(silent[i], call->argv.v[1]))
			return false;
	return true;
}
