/*
 * The agent for Gondolin's host: three virtio ports, each with streams of its
 * own (stream.h), in Gondolin's words.  Knows nothing of being PID 1, nor of
 * the fourth port, which is the file system's (fuse_server.h).
 */
#ifndef GUEST_GONDOLIN_AGENT_H
#define GUEST_GONDOLIN_AGENT_H

#include <stdbool.h>

#include "agent.h"
#include "gondolin_msg.h"
#include "loop.h"
#include "vc/error.h"
#include "vc/strv.h"

/* What a stream of the control port is for: stream.kind. */
enum gondolin_kind {
	GONDOLIN_EXEC,
	GONDOLIN_READ,
	GONDOLIN_WRITE,
	GONDOLIN_DELETE,
};

/* More than that waits to be taken by a process that reads slowly: the port
 * it came by is not read until it is less.  Gondolin's file and TCP messages
 * know no credit. */
#define GONDOLIN_QUEUE_MAX (1024u * 1024u)
#define GONDOLIN_QUEUE_LOW (256u * 1024u)

struct gondolin_agent {
	struct loop *loop;
	struct agent control, ssh, ingress;
	struct strv env; /* of every process, below what its request says */
	void (*on_gone)(struct gondolin_agent *g); /* the host has left */
};

/* Takes the descriptors over; -1: there is no such port.  env and on_gone are
 * set before. */
void gondolin_open(struct gondolin_agent *g, struct loop *l, int control,
		   int ssh, int ingress);
void gondolin_close(struct gondolin_agent *g);
/* The file system is there, or (message not NULL) is not. */
void gondolin_vfs_state(struct gondolin_agent *g, const char *message);
/* Serves as an ordinary process until the control port is closed; 0 or -1. */
int gondolin_serve(int control, int tcp, struct vc_error *err);

/* gondolin_reply.c, gondolin_tcp.c */
void gondolin_reply(struct channel *c, uint8_t type, uint8_t ch,
		    uint32_t stream, const void *payload, size_t len);
extern const struct channel_codec gondolin_tcp_codec;
/* gondolin_file.c: file_{read,write,delete}_request; false: malformed */
bool gondolin_file_open(struct agent *a, const struct gondolin_msg *m,
			enum gondolin_kind kind);
/* gondolin_exec.c: exec_request */
bool gondolin_exec_open(struct gondolin_agent *g, const struct gondolin_msg *m);
/* Data for a stream, without credit: pauses its channel if need be. */
void gondolin_feed(struct stream *s, const void *data, size_t len);
/* To be called when a stream of the channel has taken some. */
void gondolin_relieve(struct channel *c, const struct stream *s);

#endif
