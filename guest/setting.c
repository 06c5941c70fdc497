/*
 * FRAME_SETTING: changed while running, one after the other and answered in
 * the order they came, since an answer does not say to which it belongs.
 */
#include <stdlib.h>

#include "guest.h"
#include "vc/util.h"

#define SETTINGS_MAX 64u

static void setting_free(struct setting *s)
{
	free(s->key);
	strv_release(&s->values);
	free(s);
}

static void start_first(struct guest *g);

static void finish_first(struct guest *g, const char *error)
{
	struct setting *s = g->settings;

	control_done(g, FRAME_SETTING, error);
	g->settings = s->next;
	setting_free(s);
}

static void on_reload(struct engine *e, const char *error)
{
	struct guest *g = container_of(e, struct guest, engine);

	finish_first(g, error);
	start_first(g);
}

static void start_first(struct guest *g)
{
	struct setting *s;

	while ((s = g->settings)) {
		if (!s->key) {
			finish_first(g, "malformed setting");
		} else if (!g->ready) {
			finish_first(g, "the VM is not ready yet");
		} else if (!str_eq(s->key, "insecure-registries")) {
			finish_first(g, "unknown setting");
		} else {
			engine_set_registries(&g->engine, &s->values,
					      on_reload);
			return;
		}
	}
}

void setting_add(struct guest *g, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	struct setting *s = xcalloc(1, sizeof(*s)), **last = &g->settings;
	unsigned n = 0;

	s->key = msg_str(&r);
	msg_strv(&r, &s->values);
	if (!msg_ok(&r)) {
		free(s->key);
		s->key = NULL;
	}
	for (; *last; last = &(*last)->next)
		n++;
	if (n >= SETTINGS_MAX) { /* no host of ours; and not without end */
		setting_free(s);
		return;
	}
	*last = s;
	if (n == 0)
		start_first(g);
}
