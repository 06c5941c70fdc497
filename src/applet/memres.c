/* memres (vmemres): the VM that stays between commands. */
#include <stdio.h>
#include <stdlib.h>

#include "applet/applet.h"
#include "vc/instance.h"
#include "vc/util.h"

struct restart_options {
	bool clean;
};

static const struct cli_option restart_options[] = {
	{ "clean", 0, CLI_FLAG, offsetof(struct restart_options, clean), NULL,
	  "remove the store: images, containers, volumes" },
	{ NULL, 0, CLI_FLAG, 0, NULL, NULL },
};

static int print_started(struct vm *vm, const char *state_dir, bool started,
			 struct vc_error *err)
{
	struct msg_status st = { 0 };

	if (vm_status(vm, &st, err) < 0)
		return -1;
	if (!started)
		puts("Already running");
	printf("Daemon running (PID: %u)\nSocket: %s/control.sock\n",
	       (unsigned)st.monitor_pid, state_dir);
	msg_status_release(&st);
	return 0;
}

/* What can be known to be in the way before anything is started or ended. */
static int check_startable(struct settings *s, struct vc_error *err)
{
	if (s->no_daemon)
		return vc_fail_usage(err, "'memres' is for a VM that stays: "
				     "leave out '--no-daemon'");
	return settings_guest_dir(s, err);
}

/* A resident VM, whatever the 'auto-daemon' key says of commands. */
static int start_vm(struct settings *s, struct vc_error *err)
{
	_cleanup_vm_ struct vm *vm = NULL;
	struct vm_spec spec;
	bool started;

	if (settings_make_state_dir(s, err) < 0)
		return -1;
	settings_vm_spec(s, &spec);
	spec.oneshot = false;
	if (vm_open(&spec, &vm, &started, err) < 0)
		return -1;
	/* one that is there for another command only: it stays now */
	if (!started && vm_set(vm, "resident", &(struct strv)STRV_INIT, err) < 0)
		return -1;
	return print_started(vm, s->state_dir, started, err);
}

static int memres_start(struct settings *s, int argc, char **argv,
			struct vc_error *err)
{
	int first;

	if (command_options(NULL, NULL, s, "memres start", 0, argc, argv,
			    &first, err) < 0 ||
	    check_startable(s, err) < 0)
		return -1;
	return start_vm(s, err);
}

static int memres_stop(struct settings *s, int argc, char **argv,
		       struct vc_error *err)
{
	bool ran;
	int first;

	if (command_options(NULL, NULL, s, "memres stop", 0, argc, argv,
			    &first, err) < 0 ||
	    instance_stop(s->state_dir, &ran, err) < 0)
		return -1;
	puts(ran ? "Daemon stopped" : "Daemon not running");
	return 0;
}

/* What is in memory stays, running containers too. */
static int memres_suspend(struct settings *s, int argc, char **argv,
			  struct vc_error *err)
{
	_cleanup_vm_ struct vm *vm = NULL;
	int first, r;

	if (command_options(NULL, NULL, s, "memres suspend", 0, argc, argv,
			    &first, err) < 0)
		return -1;
	if (!s->suspend)
		return vc_fail_usage(err, "the key 'suspend' is false: see "
				     "'%s vconfig suspend'", s->tool->name);
	r = vm_find(s->state_dir, &vm, err);
	if (r < 0 || (r > 0 && vm_suspend(vm, err) < 0))
		return -1;
	if (vm_is_suspended(s->state_dir))
		puts(r ? "Daemon suspended" : "Daemon already suspended");
	else if (r)
		return vc_fail(err, 0, "the VM could not be suspended and was "
			       "stopped: see '%s/monitor.log'", s->state_dir);
	else
		puts("Daemon not running");
	return 0;
}

static int memres_restart(struct settings *s, int argc, char **argv,
			  struct vc_error *err)
{
	struct restart_options o = { 0 };
	bool ran;
	int first;

	if (command_options(restart_options, &o, s, "memres restart", 0, argc,
			    argv, &first, err) < 0)
		return -1;
	/* a start that cannot work must not cost the VM that runs */
	if (check_startable(s, err) < 0 ||
	    instance_stop(s->state_dir, &ran, err) < 0)
		return -1;
	if (o.clean && instance_remove_store(s->state_dir, err) < 0)
		return -1;
	return start_vm(s, err);
}

/* rc 0 and "running", or rc 1 and "not running". */
static int memres_status(struct settings *s, int argc, char **argv,
			 struct vc_error *err)
{
	_cleanup_vm_ struct vm *vm = NULL;
	struct msg_status st = { 0 };
	int first, r;

	if (command_options(NULL, NULL, s, "memres status", 0, argc, argv,
			    &first, err) < 0)
		return -1;
	r = vm_find(s->state_dir, &vm, err);
	if (r < 0)
		return -1;
	if (r == 0) {
		puts(vm_is_locked(s->state_dir) ?
			     "not running (just starting or ending)" :
		     vm_is_suspended(s->state_dir) ? "not running (suspended)" :
						     "not running");
		return VC_EXIT_FAILURE;
	}
	if (vm_status(vm, &st, err) < 0)
		return -1;
	memres_print_status(&st, s->state_dir);
	msg_status_release(&st);
	return 0;
}

const struct command memres_subcommands[] = {
	{ .name = "start", .args = "",
	  .summary = "start the VM and leave it running",
	  .run = memres_start },
	{ .name = "stop", .args = "",
	  .summary = "end the VM, in order",
	  .run = memres_stop },
	{ .name = "suspend", .args = "",
	  .summary = "put the VM on the disk as it is, to go on later",
	  .run = memres_suspend },
	{ .name = "restart", .args = "[--clean]",
	  .summary = "end the VM and start it anew",
	  .options = restart_options, .run = memres_restart },
	{ .name = "status", .args = "",
	  .summary = "show the VM; status 1 when it is not running",
	  .run = memres_status },
	{ .name = "list", .args = "",
	  .summary = "show every instance",
	  .run = memres_list },
	{ .name = NULL },
};

int command_memres(struct settings *s, int argc, char **argv,
		   struct vc_error *err)
{
	if (s->stateless)
		return vc_fail_usage(err, "'--stateless' leaves no VM behind: "
				     "'memres' has nothing to work on");
	return command_dispatch(memres_subcommands, s, argc, argv, err);
}
