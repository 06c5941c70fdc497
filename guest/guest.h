/* The guest as a whole: what PID 1 knows. */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <stdbool.h>

#include "agent.h"
#include "engine.h"
#include "loop.h"
#include "mode.h"
#include "vc/error.h"
#include "vc/msg.h"

/* A FRAME_SETTING that waits for its turn. */
struct setting {
	char *key;
	struct strv values;
	struct setting *next;
};

struct guest {
	struct loop loop;
	struct agent agent;
	struct engine engine;
	enum mode mode;
	struct msg_image image; /* in MODE_IMAGE */
	struct msg_config config;
	bool greeted;    /* the host's HELLO was there, of our version */
	bool configured; /* its CONFIG too */
	bool ready;
	bool power_off;  /* asked to, or the host is gone */
	bool quiet;      /* the console is not ours */
	int uevents;
	struct setting *settings; /* the first one is being made */
};

/* control.c: what the host says on stream 0 */
void control_open(struct guest *g, int channel_fd);
void control_hello(struct guest *g);
void control_stage(struct guest *g, const char *stage);
void control_ready(struct guest *g);
void control_failed(struct guest *g, const char *stage, const char *message);
void control_done(struct guest *g, uint8_t request, const char *error);

/* setting.c */
void setting_add(struct guest *g, const struct frame *f);

/* suspend.c: FRAME_QUIESCE and FRAME_RESUME */
void suspend_quiesce(struct guest *g);
void suspend_resume(struct guest *g, const struct frame *f);

/* boot.c: from CONFIG to READY; *ret_stage is the one that has failed */
int boot(struct guest *g, const char **ret_stage, struct vc_error *err);

/* power.c */
void power_off(struct guest *g) __attribute__((noreturn));

#endif
