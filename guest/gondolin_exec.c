/* exec_request: {cmd, argv?, env?, cwd?, stdin?, pty?, stdout_window?,
 * stderr_window?} */
#include <unistd.h>

#include "gondolin_agent.h"
#include "gondolin.h"
#include "exec.h"
#include "vc/util.h"

/* Absent is empty; false: there, but something else. */
static bool get_texts(const struct cbor *p, const char *key, struct strv *ret)
{
	struct cbor list = cbor_get(p, key), item;

	if (list.type == CBOR_NONE)
		return true;
	if (list.type != CBOR_ARRAY)
		return false;
	while (cbor_next(&list, &item)) {
		if (item.type != CBOR_TEXT)
			return false;
		strv_add_take(ret, xstrndup((const char *)item.p, item.n));
	}
	return true;
}

/* Gondolin's own probes, among others, take /bin/sh for granted. */
static char *find_command(char *cmd)
{
	if (!str_eq(cmd, "/bin/sh") || access(cmd, X_OK) == 0 ||
	    access(GONDOLIN_BIN "/sh", X_OK) < 0)
		return cmd;
	vc_cleanup_free(&cmd);
	return xstrdup(GONDOLIN_BIN "/sh");
}

static bool get_request(const struct gondolin_agent *g, const struct cbor *p,
			struct msg_exec *ret)
{
	char *cmd = cbor_get_text(p, "cmd");
	bool in = false, pty = false;

	if (!cmd)
		return false;
	strv_add_take(&ret->argv, find_command(cmd));
	strv_add_all(&ret->env, g->env.v);
	if (!get_texts(p, "argv", &ret->argv) || !get_texts(p, "env", &ret->env))
		return false;
	ret->cwd = cbor_get_text(p, "cwd");
	if (!ret->cwd)
		ret->cwd = xstrdup("/");
	cbor_get_bool(p, "stdin", &in);
	cbor_get_bool(p, "pty", &pty);
	ret->used = EXEC_STDOUT | EXEC_STDERR;
	if (in || pty)
		ret->used |= EXEC_STDIN;
	if (pty)
		ret->tty = ret->used;
	return *ret->argv.v[0];
}

static void set_credit(struct stream *s, const struct cbor *p)
{
	static const char *const names[] = { NULL, "stdout_window",
					     "stderr_window" };
	uint64_t n;

	for (int i = 1; i < STREAM_TAPS; i++)
		if (cbor_get_uint(p, names[i], UINT32_MAX, &n) && n)
			s->taps[i].credit = (uint32_t)n;
}

bool gondolin_exec_open(struct gondolin_agent *g, const struct gondolin_msg *m)
{
	struct msg_exec exec = { 0 };
	bool ok = get_request(g, &m->p, &exec);

	if (ok) {
		struct stream *s = stream_new(&g->control, m->id);

		s->kind = GONDOLIN_EXEC;
		set_credit(s, &m->p);
		exec_start(s, &exec, exec_child);
	}
	msg_exec_release(&exec);
	return ok;
}
