/* Questions to a monitor: status, stop, settings. */
#include <stdlib.h>

#include "vc/log.h"
#include "vc/util.h"
#include "vm/client.h"

/* A monitor answers at once; a stop takes the guest's time. */
#define ANSWER_MS 15000
#define STOP_MS 30000

/* Waits for a frame of `type` on stream 0; 1 when it came (release with
 * conn_done), 0 when the monitor closed. */
static int answer(struct vm *vm, uint8_t type, int timeout_ms, struct frame *ret,
		  struct vc_error *err)
{
	int64_t deadline = now_ms() + timeout_ms;

	for (;;) {
		while (conn_next(&vm->conn, ret)) {
			if (ret->type == FRAME_FAILED) {
				vm_failed(ret, err);
				conn_done(&vm->conn, ret);
				return -1;
			}
			if (ret->type == type && ret->stream == 0)
				return 1;
			conn_done(&vm->conn, ret);
		}
		if (vm->conn.eof)
			return 0;
		if (now_ms() >= deadline)
			return vc_fail(err, 0, "the VM's monitor did not answer within "
				       "%d s", timeout_ms / 1000);
		if (vm_wait(vm, (int)(deadline - now_ms()), err) < 0)
			return -1;
	}
}

/* DONE{type, error}: an error's words become ours. */
static int answer_done(struct vm *vm, uint8_t type, int timeout_ms,
		       struct vc_error *err)
{
	struct frame f;
	int r = answer(vm, FRAME_DONE, timeout_ms, &f, err);
	struct msg_reader rd;
	_cleanup_free_ char *error = NULL;

	if (r <= 0)
		return r;
	rd = msg_reader(f.payload, f.length);
	if (msg_u8(&rd) != type)
		rd.bad = true;
	error = msg_str(&rd);
	conn_done(&vm->conn, &f);
	if (!msg_ok(&rd))
		return vc_fail(err, 0, "the VM's monitor gave a wrong answer");
	if (*error)
		return vc_fail(err, 0, "%s", error);
	return 1;
}

int vm_status(struct vm *vm, struct msg_status *ret, struct vc_error *err)
{
	struct frame f;
	bool ok;
	int r;

	conn_send(&vm->conn, FRAME_STATUS, 0, 0, NULL, 0);
	r = answer(vm, FRAME_STATUS_REPLY, ANSWER_MS, &f, err);
	if (r == 0)
		return vm_lost(err);
	if (r < 0)
		return -1;
	ok = msg_status_get(f.payload, f.length, ret);
	conn_done(&vm->conn, &f);
	return ok ? 0 : vc_fail(err, 0, "the VM's monitor gave a wrong answer");
}

/* Stop or suspend: both end with the monitor's end. */
static int end(struct vm *vm, uint8_t request, struct vc_error *err)
{
	struct frame f;
	int r;

	vm->oneshot = false;
	conn_send(&vm->conn, request, 0, 0, NULL, 0);
	r = answer_done(vm, FRAME_STOP, STOP_MS, err);
	if (r < 0)
		return -1;
	/* the connection closes with the monitor: then the lock is free too */
	while (!vm->conn.eof) {
		if (vm_wait(vm, ANSWER_MS, err) != 0)
			return err->msg ? -1 : vc_fail(err, 0, "the VM's monitor does not end");
		while (conn_next(&vm->conn, &f))
			conn_done(&vm->conn, &f);
	}
	return 0;
}

int vm_stop(struct vm *vm, struct vc_error *err)
{
	return end(vm, FRAME_STOP, err);
}

int vm_suspend(struct vm *vm, struct vc_error *err)
{
	return end(vm, FRAME_SUSPEND, err);
}

int vm_set(struct vm *vm, const char *key, const struct strv *values,
	   struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int r;

	msg_put_str(&b, key);
	msg_put_strv(&b, values);
	conn_send(&vm->conn, FRAME_SET, 0, 0, buf_ptr(&b), b.len);
	r = answer_done(vm, FRAME_SET, ANSWER_MS, err);
	if (r < 0)
		return vc_wrap(err, "cannot set '%s' in the VM", key);
	return r ? 0 : vm_lost(err);
}
