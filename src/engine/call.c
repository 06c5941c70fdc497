/* Passing a command on, with what has to happen before and after. */
#include "engine/call.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/command.h"
#include "vc/engine.h"
#include "vc/log.h"
#include "vc/util.h"

bool engine_is_podman(const struct engine_call *call)
{
	return !strcmp(call->s->tool->engine, "podman");
}

void call_init(struct engine_call *call, struct settings *s, int argc,
	       char *const *argv)
{
	static const char *const empty[] = { NULL };
	static const struct option_table none = { "", empty, empty, true, true };
	size_t words;

	*call = (struct engine_call){ .s = s, .out_fd = STDOUT_FILENO };
	call->command = engine_find(argc, argv, &words);
	call->first = 1 + words;
	strv_add(&call->argv, s->tool->engine);
	for (int i = 0; i < argc; i++)
		strv_add(&call->argv, argv[i]);
	scan_argv(call->command ? call->command->options : &none, &call->argv,
		  call->first, &call->scan);
	stage_init(&call->stage);
}

/* Leaves nothing in the guest; the VM is the caller's, or NULL. */
static struct vm *leave(struct engine_call *call)
{
	if (call->vm)
		stage_remove(&call->stage, call->vm);
	return steal_ptr(call->vm);
}

void call_release(struct engine_call *call)
{
	vm_free(leave(call));
	stage_release(&call->stage);
	scan_release(&call->scan);
	strv_release(&call->argv);
	strv_release(&call->env);
}

int engine_open(struct engine_call *call, struct vc_error *err)
{
	struct vm_spec spec;
	bool started;

	if (call->vm)
		return 0;
	if (settings_make_state_dir(call->s, err) < 0 ||
	    settings_guest_dir(call->s, err) < 0)
		return -1;
	settings_vm_spec(call->s, &spec);
	return vm_open(&spec, &call->vm, &started, err);
}

int engine_pass_streams(struct engine_call *call, struct byte_source *in,
			struct byte_sink *out, struct vc_error *err)
{
	struct vm_exec x = VM_EXEC_INIT;
	int status;

	x.argv = call->argv;
	x.env = call->env;
	x.cwd = "/root";
	x.in = in;
	x.in_fd = !in && engine_reads_stdin(call) ? STDIN_FILENO : -1;
	x.out = out;
	x.out_fd = out ? -1 : call->out_fd;
	x.err_fd = STDERR_FILENO;
	x.tty = true;
	x.relay_signals = true;
	if (stage_send(&call->stage, call->vm, err) < 0 ||
	    vm_exec(call->vm, &x, &status, err) < 0 ||
	    stage_collect(&call->stage, call->vm, err) < 0)
		return -1;
	return status;
}

int engine_pass(struct engine_call *call, struct vc_error *err)
{
	return engine_pass_streams(call, NULL, NULL, err);
}

/* docker prints its help for these; scripts rely on the words here. */
static int check_bare(int argc, char *const *argv, struct vc_error *err)
{
	if (argc > 1)
		return 0;
	if (!strcmp(argv[0], "system"))
		return vc_fail(err, 0, "'system' requires a subcommand: df, events, info, "
			       "prune");
	if (!strcmp(argv[0], "image"))
		return vc_fail(err, 0, "'image' requires a subcommand: build, history, "
			       "import, inspect, load, ls, prune, pull, push, rm, save, tag");
	return 0;
}

static int plain_command(struct engine_call *call, struct vc_error *err)
{
	if (engine_check_mounts(call, err) < 0 || engine_host_files(call, err) < 0 ||
	    engine_other_files(call, err) < 0 || engine_open(call, err) < 0)
		return -1;
	return engine_pass(call, err);
}

/* docker's own status for "the command never reached a container". */
static bool is_run(const struct engine_call *call)
{
	const char *word = call->argv.v[call->first - 1];

	return !strcmp(word, "run") || !strcmp(word, "create") ||
	       !strcmp(word, "exec");
}

int engine_session_run(struct engine_session *e, int argc, char **argv,
		       struct vc_error *err)
{
	struct engine_call call;
	int r;

	if (check_bare(argc, argv, err) < 0)
		return -1;
	call_init(&call, e->s, argc, argv);
	call.vm = e->vm;
	call.out_fd = e->out_fd;
	engine_environment(&call);
	if (call.command && call.command->run)
		r = call.command->run(&call, err);
	else
		r = plain_command(&call, err);
	if (r < 0 && !err->status && is_run(&call))
		err->status = VC_EXIT_ENGINE;
	e->vm = leave(&call);
	call_release(&call);
	return r;
}

int engine_command(struct settings *s, int argc, char **argv,
		   struct vc_error *err)
{
	struct engine_session e = { .s = s, .out_fd = STDOUT_FILENO };
	int r = engine_session_run(&e, argc, argv, err);

	vm_free(e.vm);
	return r;
}
