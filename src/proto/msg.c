/* Reading and writing frame payloads; see vc/msg.h. */
#include "vc/msg.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

static void put_le(struct buf *b, uint64_t v, int bytes)
{
	uint8_t le[8] = { 0 };

	for (int i = 0; i < bytes; i++)
		le[i] = (uint8_t)(v >> (8 * i));
	buf_add(b, le, (size_t)bytes);
}

void msg_put_u8(struct buf *b, uint8_t v)
{
	put_le(b, v, 1);
}

void msg_put_u16(struct buf *b, uint16_t v)
{
	put_le(b, v, 2);
}

void msg_put_u32(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void msg_put_u64(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void msg_put_str(struct buf *b, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	msg_put_u32(b, (uint32_t)n);
	buf_add(b, s, n);
}

void msg_put_strv(struct buf *b, const struct strv *v)
{
	msg_put_u32(b, (uint32_t)v->n);
	for (size_t i = 0; i < v->n; i++)
		msg_put_str(b, v->v[i]);
}

struct msg_reader msg_reader(const void *payload, size_t length)
{
	return (struct msg_reader){ payload, length, false };
}

static const uint8_t *take(struct msg_reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return p;
}

static uint64_t get_le(struct msg_reader *r, size_t bytes)
{
	const uint8_t *p = take(r, bytes);
	uint64_t v = 0;

	for (size_t i = 0; p && i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint8_t msg_u8(struct msg_reader *r)
{
	return (uint8_t)get_le(r, 1);
}

uint16_t msg_u16(struct msg_reader *r)
{
	return (uint16_t)get_le(r, 2);
}

uint32_t msg_u32(struct msg_reader *r)
{
	return (uint32_t)get_le(r, 4);
}

uint64_t msg_u64(struct msg_reader *r)
{
	return get_le(r, 8);
}

char *msg_str(struct msg_reader *r)
{
	uint32_t n = msg_u32(r);
	const uint8_t *p = take(r, n);

	if (!p || (n && memchr(p, 0, n))) {
		r->bad = true;
		return xstrdup("");
	}
	return xstrndup((const char *)p, n);
}

void msg_strv(struct msg_reader *r, struct strv *ret)
{
	uint32_t n = msg_u32(r);

	/* each str takes at least its length: no count can make us loop long */
	if (n > r->left / 4)
		r->bad = true;
	for (uint32_t i = 0; i < n && !r->bad; i++)
		strv_add_take(ret, msg_str(r));
}

bool msg_ok(const struct msg_reader *r)
{
	return !r->bad && r->left == 0;
}

static bool msg_bool(struct msg_reader *r)
{
	uint8_t v = msg_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1;
}

void msg_hello_put(struct buf *b, const struct msg_hello *m)
{
	msg_put_u32(b, m->version);
	msg_put_str(b, m->release);
	msg_put_u64(b, m->boot_ms);
}

bool msg_hello_get(const void *p, size_t n, struct msg_hello *ret)
{
	struct msg_reader r = msg_reader(p, n);
	struct msg_hello m = { 0 };

	m.version = msg_u32(&r);
	m.release = msg_str(&r);
	m.boot_ms = msg_u64(&r);
	if (!msg_ok(&r)) {
		msg_hello_release(&m);
		return false;
	}
	*ret = m;
	return true;
}

void msg_hello_release(struct msg_hello *m)
{
	free(m->release);
}

void msg_config_put(struct buf *b, const struct msg_config *m)
{
	msg_put_str(b, m->engine);
	msg_put_str(b, m->hostname);
	msg_put_u64(b, m->clock_ns);
	msg_put_u8(b, m->network);
	msg_put_u8(b, m->persistent);
	msg_put_strv(b, &m->insecure_registries);
}

bool msg_config_get(const void *p, size_t n, struct msg_config *ret)
{
	struct msg_reader r = msg_reader(p, n);
	struct msg_config m = { 0 };

	m.engine = msg_str(&r);
	m.hostname = msg_str(&r);
	m.clock_ns = msg_u64(&r);
	m.network = msg_bool(&r);
	m.persistent = msg_bool(&r);
	msg_strv(&r, &m.insecure_registries);
	if (!msg_ok(&r)) {
		msg_config_release(&m);
		return false;
	}
	*ret = m;
	return true;
}

void msg_config_release(struct msg_config *m)
{
	free(m->engine);
	free(m->hostname);
	strv_release(&m->insecure_registries);
}

void msg_exec_put(struct buf *b, const struct msg_exec *m)
{
	msg_put_strv(b, &m->argv);
	msg_put_strv(b, &m->env);
	msg_put_str(b, m->cwd);
	msg_put_str(b, m->user);
	msg_put_u8(b, m->used);
	msg_put_u8(b, m->tty);
	msg_put_u16(b, m->rows);
	msg_put_u16(b, m->cols);
}

bool msg_exec_get(const void *p, size_t n, struct msg_exec *ret)
{
	struct msg_reader r = msg_reader(p, n);
	struct msg_exec m = { 0 };

	msg_strv(&r, &m.argv);
	msg_strv(&r, &m.env);
	m.cwd = msg_str(&r);
	m.user = msg_str(&r);
	m.used = msg_u8(&r);
	m.tty = msg_u8(&r);
	m.rows = msg_u16(&r);
	m.cols = msg_u16(&r);
	if (!msg_ok(&r) || m.argv.n == 0 || (m.used | m.tty) > 7 ||
	    (m.tty & ~m.used)) {
		msg_exec_release(&m);
		return false;
	}
	*ret = m;
	return true;
}

void msg_exec_release(struct msg_exec *m)
{
	strv_release(&m->argv);
	strv_release(&m->env);
	free(m->cwd);
	free(m->user);
}

void msg_image_put(struct buf *b, const struct msg_image *m)
{
	msg_put_u32(b, IMAGE_VERSION);
	msg_put_strv(b, &m->argv);
	msg_put_strv(b, &m->env);
	msg_put_str(b, m->workdir);
	msg_put_str(b, m->user);
	msg_put_u32(b, m->stop_signal);
	msg_put_str(b, m->fs);
}

static bool image_is_sound(const struct msg_image *m)
{
	return *m->workdir == '/' && *m->fs && m->stop_signal &&
	       m->stop_signal <= IMAGE_SIGNAL_MAX;
}

bool msg_image_get(const void *p, size_t n, struct msg_image *ret)
{
	struct msg_reader r = msg_reader(p, n);
	struct msg_image m = { 0 };
	uint32_t version = msg_u32(&r);

	msg_strv(&r, &m.argv);
	msg_strv(&r, &m.env);
	m.workdir = msg_str(&r);
	m.user = msg_str(&r);
	m.stop_signal = msg_u32(&r);
	m.fs = msg_str(&r);
	if (!msg_ok(&r) || version != IMAGE_VERSION || !image_is_sound(&m)) {
		msg_image_release(&m);
		return false;
	}
	*ret = m;
	return true;
}

void msg_image_release(struct msg_image *m)
{
	strv_release(&m->argv);
	strv_release(&m->env);
	free(m->workdir);
	free(m->user);
	free(m->fs);
}

void msg_status_put(struct buf *b, const struct msg_status *m)
{
	msg_put_u32(b, m->monitor_pid);
	msg_put_u32(b, m->qemu_pid);
	msg_put_u32(b, m->streams);
	msg_put_u32(b, m->containers);
	msg_put_u64(b, m->uptime_ms);
	msg_put_u64(b, m->memory);
	msg_put_u32(b, m->cpus);
	msg_put_u64(b, m->disk);
	msg_put_u8(b, m->kvm);
	msg_put_u8(b, m->network);
	msg_put_u8(b, m->ready);
	msg_put_str(b, m->arch);
	msg_put_strv(b, &m->ports);
}

bool msg_status_get(const void *p, size_t n, struct msg_status *ret)
{
	struct msg_reader r = msg_reader(p, n);
	struct msg_status m = { 0 };

	m.monitor_pid = msg_u32(&r);
	m.qemu_pid = msg_u32(&r);
	m.streams = msg_u32(&r);
	m.containers = msg_u32(&r);
	m.uptime_ms = msg_u64(&r);
	m.memory = msg_u64(&r);
	m.cpus = msg_u32(&r);
	m.disk = msg_u64(&r);
	m.kvm = msg_bool(&r);
	m.network = msg_bool(&r);
	m.ready = msg_bool(&r);
	m.arch = msg_str(&r);
	msg_strv(&r, &m.ports);
	if (!msg_ok(&r)) {
		msg_status_release(&m);
		return false;
	}
	*ret = m;
	return true;
}

void msg_status_release(struct msg_status *m)
{
	free(m->arch);
	strv_release(&m->ports);
}
