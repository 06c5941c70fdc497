/* Finding, starting and asking a monitor. */
#include "vm/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "vc/log.h"
#include "vc/util.h"
#include "vm/monitor.h"
#include "vm/state.h"

/* The whole command's limit (--timeout): one process runs one command. */
static int64_t command_deadline_ms;
static uint32_t command_seconds;

void vm_set_deadline(uint32_t seconds)
{
	command_seconds = seconds;
	command_deadline_ms = seconds ? now_ms() + (int64_t)seconds * 1000 : 0;
}

int vm_time_left(int most)
{
	int64_t left;

	if (!command_deadline_ms)
		return most;
	left = command_deadline_ms - now_ms();
	if (left <= 0)
		return 0;
	return most < 0 || left < most ? (int)left : most;
}

int vm_timed_out(struct vc_error *err)
{
	vc_fail(err, 0, "the command did not end within %u s (--timeout)",
		command_seconds);
	err->status = 124; /* as timeout(1) */
	return -1;
}

int vm_lost(struct vc_error *err)
{
	return vc_fail(err, 0, "the VM's monitor ended unexpectedly: the next command "
		       "starts it again");
}

int vm_failed(const struct frame *f, struct vc_error *err)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	_cleanup_free_ char *message = NULL;

	free(msg_str(&r)); /* the stage; the message names it in words */
	message = msg_str(&r);
	return vc_fail(err, 0, "%s", msg_ok(&r) ? message : "the VM failed");
}

int vm_wait(struct vm *vm, int timeout_ms, struct vc_error *err)
{
	struct pollfd p;
	int left = vm_time_left(timeout_ms);

	conn_flush(&vm->conn);
	if (left == 0 && timeout_ms != 0)
		return vm_timed_out(err);
	p = (struct pollfd){ vm->conn.fd, conn_events(&vm->conn), 0 };
	if (poll(&p, 1, left) <= 0)
		return 1;
	conn_fill(&vm->conn);
	return 0;
}

static struct vm *greet(int fd)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	_cleanup_buf_ struct buf b = BUF_INIT;

	conn_init(&vm->conn, fd);
	msg_hello_put(&b, &(struct msg_hello){ PROTO_VERSION, (char *)VC_VERSION, 0 });
	conn_send(&vm->conn, FRAME_HELLO, 0, 0, buf_ptr(&b), b.len);
	conn_flush(&vm->conn);
	return vm;
}

static int check_version(const struct frame *f, struct vc_error *err)
{
	struct msg_hello h;

	if (!msg_hello_get(f->payload, f->length, &h))
		return vc_fail(err, 0, "the VM's monitor speaks an unknown language: "
			       "it was started by another version; stop it");
	if (h.version == PROTO_VERSION) {
		msg_hello_release(&h);
		return 0;
	}
	vc_fail(err, 0, "the VM's monitor is of version %s, this is %s: stop it with "
		"that version's 'memres stop'", h.release, VC_VERSION);
	msg_hello_release(&h);
	return -1;
}

/*
 * Takes frames until `until` (FRAME_HELLO or FRAME_READY) came: 1; 0 when the
 * monitor closed the connection before its HELLO, -1 on an error.
 */
static int await(struct vm *vm, uint8_t until, struct vc_error *err)
{
	_cleanup_free_ char *stage = NULL;
	int64_t since = now_ms();
	bool greeted = until != FRAME_HELLO;
	struct frame f;

	for (;;) {
		while (conn_next(&vm->conn, &f)) {
			struct msg_reader r = msg_reader(f.payload, f.length);
			uint8_t type = f.type;
			int r2 = 0;

			if (type == FRAME_HELLO)
				r2 = check_version(&f, err);
			else if (type == FRAME_FAILED) {
				vm->failed = true;
				r2 = vm_failed(&f, err);
			}
			else if (type == FRAME_STAGE) {
				uint64_t ms = msg_u64(&r);

				free(stage);
				stage = msg_str(&r);
				log_verbose("%5.1f s: %s", (double)ms / 1000, stage);
			}
			conn_done(&vm->conn, &f);
			if (r2 < 0)
				return -1;
			if (type == until)
				return 1;
		}
		if (vm->conn.eof)
			return greeted ? vm_lost(err) : 0;
		/* a second at a time, for the clock in the progress line */
		if (vm_wait(vm, 1000, err) < 0)
			return -1;
		if (stage)
			progress("starting the VM: %s (%lld s)", stage,
				 (long long)(now_ms() - since) / 1000);
	}
}

int vm_find(const char *state_dir, struct vm **ret, struct vc_error *err)
{
	int fd = state_connect(state_dir), r;
	struct vm *vm;

	if (fd < 0 && (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return vc_fail(err, errno, "cannot connect to the VM's monitor in '%s'",
			       state_dir);
	vm = greet(fd);
	r = await(vm, FRAME_HELLO, err);
	if (r == 1)
		*ret = vm;
	else
		vm_free(vm);
	return r;
}

/* Under the start lock exactly one client finds nobody and starts a VM. */
static int find_or_start(const struct vm_spec *spec, struct vm **ret,
			 bool *ret_started, struct vc_error *err)
{
	_cleanup_close_ int lock = -1;
	int r = vm_find(spec->state_dir, ret, err);

	if (r != 0)
		return r;
	lock = state_lock(spec->state_dir, STATE_START_LOCK, 90000, err);
	if (lock < 0)
		return -1;
	r = vm_find(spec->state_dir, ret, err);
	if (r != 0)
		return r;
	if (monitor_spawn(spec, err) < 0)
		return -1;
	*ret_started = true;
	return vm_find(spec->state_dir, ret, err);
}

/* An option that a running VM cannot honour is an error, never ignored. */
static int check_fits(struct vm *vm, const struct vm_spec *spec,
		      struct vc_error *err)
{
	struct msg_status s;
	const char *what = NULL;

	if (vm_status(vm, &s, err) < 0)
		return -1;
	if (spec->fixed_memory && s.memory != spec->memory)
		what = "another memory size";
	else if (spec->fixed_cpus && s.cpus != spec->cpus)
		what = "another number of CPUs";
	else if (spec->fixed_disk && s.disk != spec->disk)
		what = "another disk size";
	else if (!spec->network && s.network)
		what = "a network";
	else if (spec->network && !s.network)
		what = "no network";
	else if (!spec->kvm && s.kvm)
		what = "KVM";
	msg_status_release(&s);
	if (!what)
		return 0;
	return vc_fail(err, 0, "the running VM has %s: 'memres stop' it first, then "
		       "repeat the command with its options", what);
}

int vm_open(const struct vm_spec *spec, struct vm **ret, bool *ret_started,
	    struct vc_error *err)
{
	_cleanup_vm_ struct vm *vm = NULL;
	bool started = false;
	int r = 0;

	/* a monitor that was just ending closes our connection: then the next
	 * round waits for its lock and starts anew */
	for (int round = 0; r == 0 && round < 5; round++) {
		started = false;
		r = find_or_start(spec, &vm, &started, err);
	}
	if (r < 0)
		return -1;
	if (!vm)
		return vc_fail(err, 0, "the VM in '%s' ends as soon as it is started: "
			       "see its monitor.log", spec->state_dir);
	vm->oneshot = spec->oneshot;
	r = await(vm, FRAME_READY, err);
	progress_end();
	if (r < 0 || (!started && check_fits(vm, spec, err) < 0))
		return -1;
	if (spec->insecure_registries.n &&
	    vm_set(vm, "insecure-registries", &spec->insecure_registries, err) < 0)
		return -1;
	if (ret_started)
		*ret_started = started;
	*ret = steal_ptr(vm);
	return 0;
}

/* Nothing is left behind when the command returns: the monitor closes the
 * connection when it ends. */
static void see_off(struct vm *vm)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct frame f;

	while (!vm->conn.eof && vm_wait(vm, 30000, &err) == 0)
		while (conn_next(&vm->conn, &f))
			conn_done(&vm->conn, &f);
}

void vm_free(struct vm *vm)
{
	if (!vm)
		return;
	if (vm->oneshot && !vm->failed && !vm->conn.eof)
		conn_send(&vm->conn, FRAME_CLOSE, 0, 0, NULL, 0);
	if (vm->oneshot || vm->failed)
		see_off(vm);
	conn_release(&vm->conn);
	free(vm);
}

void vm_cleanup(struct vm **vm)
{
	vm_free(*vm);
}
