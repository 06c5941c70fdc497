/* vshell: a shell, or a command, in the VM itself. */
#include <string.h>
#include <unistd.h>

#include "vc/command.h"
#include "vc/util.h"
#include "vc/vm.h"

int command_vshell(struct settings *s, int argc, char **argv,
		   struct vc_error *err)
{
	_cleanup_strv_ struct strv argv_in_vm = STRV_INIT, env = STRV_INIT;
	_cleanup_vm_ struct vm *vm = NULL;
	struct vm_exec x = VM_EXEC_INIT;
	struct vm_spec spec;
	const char *term = getenv("TERM");
	bool started;
	int status, at = 1;

	if (at < argc && !strcmp(argv[at], "--"))
		at++;
	else if (at < argc && argv[at][0] == '-')
		return vc_fail_usage(err, "unknown option '%s': see '%s vshell --help'",
				     argv[at], s->tool->name);
	strv_add_all(&argv_in_vm, argv + at);
	if (!argv_in_vm.n) {
		strv_add(&argv_in_vm, "/bin/sh");
		strv_add(&argv_in_vm, "-l");
	}
	if (term)
		strv_addf(&env, "TERM=%s", term);
	if (settings_make_state_dir(s, err) < 0 || settings_guest_dir(s, err) < 0)
		return -1;
	settings_vm_spec(s, &spec);
	if (vm_open(&spec, &vm, &started, err) < 0)
		return -1;
	x.argv = argv_in_vm;
	x.env = env;
	x.cwd = "/root";
	x.in_fd = STDIN_FILENO;
	x.out_fd = STDOUT_FILENO;
	x.err_fd = STDERR_FILENO;
	x.tty = true;
	x.relay_signals = true;
	if (vm_exec(vm, &x, &status, err) < 0)
		return -1;
	return status;
}
