/* What memres status and memres list print. */
#include <stdio.h>
#include <string.h>

#include "applet/applet.h"
#include "vc/buf.h"
#include "vc/instance.h"
#include "vc/util.h"

static char *port_list(const struct strv *ports, const char *none)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < ports->n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", ports->v[i]);
	if (!b.len)
		buf_add_str(&b, none);
	return buf_steal(&b);
}

void memres_print_status(const struct msg_status *st, const char *state_dir)
{
	_cleanup_free_ char *memory = human_size(st->memory);
	_cleanup_free_ char *uptime = human_time(st->uptime_ms / 1000);
	_cleanup_free_ char *ports = port_list(&st->ports, "none");

	puts(st->ready ? "running" : "running (starting)");
	printf("PID:     %u\n", (unsigned)st->monitor_pid);
	printf("Uptime:  %s\n", uptime);
	printf("Arch:    %s%s\n", st->arch,
	       st->kvm ? " (KVM)" : " (emulated)");
	printf("Memory:  %s\n", memory);
	printf("CPUs:    %u\n", (unsigned)st->cpus);
	printf("Network: %s\n", st->network ? "yes" : "no");
	printf("Ports:   %s\n", ports);
	printf("Socket:  %s/control.sock\n", state_dir);
}

/* found: what vm_find() said; ready is known only with an answer. */
static const char *state_word(const struct instance *i, int found, bool known,
			      bool ready)
{
	if (!i->running)
		return vm_is_suspended(i->dir) ? "suspended" : "stopped";
	if (found == 0)
		return "ending";
	return known && !ready ? "starting" : "running";
}

/* One that does not answer is listed as it is: others may be asked for. */
static void print_row(const struct instance *i)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_vm_ struct vm *vm = NULL;
	_cleanup_free_ char *ports = NULL;
	_cleanup_free_ char *pid = NULL;
	struct msg_status st = { 0 };
	int found = i->running ? vm_find(i->dir, &vm, &err) : 0;
	bool known = found > 0 && vm_status(vm, &st, &err) == 0;

	ports = port_list(&st.ports, "-");
	pid = known ? xasprintf("%u", (unsigned)st.monitor_pid) : xstrdup("-");
	printf("%-20s %-9s %-8s %-8s %s\n", i->name,
	       state_word(i, found, known, st.ready), known ? st.arch : "-",
	       pid, ports);
	msg_status_release(&st);
}

int memres_list(struct settings *s, int argc, char **argv,
		struct vc_error *err)
{
	_cleanup_instances_ struct instance_list list = { 0 };
	int first;

	if (command_options(NULL, NULL, s, "memres list", 0, argc, argv,
			    &first, err) < 0 ||
	    instance_list(s, &list, err) < 0)
		return -1;
	printf("%-20s %-9s %-8s %-8s %s\n", "NAME", "STATE", "ARCH", "PID",
	       "PORTS");
	for (size_t i = 0; i < list.n; i++)
		print_row(&list.v[i]);
	return 0;
}
