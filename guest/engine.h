/*
 * The container engine: started, waited for, kept running, reconfigured and
 * stopped.  Docker has a daemon; podman has none and needs only its files.
 */
#ifndef GUEST_ENGINE_H
#define GUEST_ENGINE_H

#include <stdbool.h>

#include "daemon.h"
#include "loop.h"
#include "vc/buf.h"
#include "vc/error.h"
#include "vc/strv.h"

enum engine_kind { ENGINE_NONE, ENGINE_DOCKER, ENGINE_PODMAN };

/* What the daemon says: kept in a file of bounded size, the end at hand. */
struct engine_log {
	struct source source;
	int writer; /* the daemon's end */
	int file;
	size_t size;
	struct buf tail;  /* the last lines, for an error */
	struct buf line;  /* the line not ended yet */
	void (*on_line)(struct engine_log *log, const char *line);
};

/* Waits for the API: a socket that appears, and a request that is answered. */
struct engine_ping {
	struct source appears; /* inotify on the socket's directory */
	struct source http;
	struct buf answer;
	bool answered;
	void (*on_answer)(struct engine_ping *p);
};

struct engine {
	enum engine_kind kind;
	struct loop *loop;
	struct daemon containerd, dockerd;
	struct engine_log log;
	struct engine_ping ping;
	bool started; /* the start is decided: up, or ended before */
	bool up;      /* the API has answered once */
	/* a reload is under way: the daemon's word ends it */
	void (*on_reload)(struct engine *e, const char *error);
	struct timer reload;
};

/* engine.c */
int engine_parse(const char *name, enum engine_kind *ret, struct vc_error *err);
/* Returns when commands can be served. */
int engine_start(struct engine *e, struct loop *l,
		 const struct strv *insecure_registries, int64_t due,
		 struct vc_error *err);
/* on_reload is called once, perhaps before this returns; "" is success. */
void engine_set_registries(struct engine *e, const struct strv *registries,
			   void (*on_reload)(struct engine *e,
					     const char *error));
/* Stops the daemons; killed at the deadline. */
void engine_stop(struct engine *e, int64_t due);

/* docker.c */
/* What can begin before the kernel's modules are loaded. */
int docker_prepare(struct engine *e, struct vc_error *err);
int docker_start(struct engine *e, int64_t due, struct vc_error *err);
void docker_reload(struct engine *e);
void docker_stop(struct engine *e, int64_t due);

/* registries.c: checks and writes the engine's configuration */
int registries_write(enum engine_kind kind, const struct strv *registries,
		     struct vc_error *err);

/* engine_log.c */
int engine_log_open(struct engine_log *log, struct loop *l,
		    struct vc_error *err);
/* What the daemon said last, for a message; owned by the log. */
const char *engine_log_tail(struct engine_log *log);

/* engine_ping.c */
int engine_ping_open(struct engine_ping *p, struct loop *l,
		     struct vc_error *err);
void engine_ping_close(struct engine_ping *p);

#endif
