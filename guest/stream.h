/*
 * Streams of the channel (docs/protocol.md): an exec'ed process or a
 * connection, with one sink (channel 0, from the host) and up to two taps
 * (channels 1 and 2, to the host).  Knows nothing of being PID 1.
 *
 * A stream that has ended is out of the table at once and freed after the
 * event, so its members can be touched until the current callback returns.
 */
#ifndef GUEST_STREAM_H
#define GUEST_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "loop.h"
#include "vc/buf.h"
#include "vc/frame.h"

#define STREAMS_MAX 1024u
#define STREAM_TAPS 3

struct agent;
struct stream;

/* From the guest: read when there is credit and room in the channel. */
struct tap {
	struct source source;
	struct stream *stream;
	uint8_t channel;
	uint32_t credit;
	bool terminal; /* the master of a pseudo-terminal */
	bool draining; /* the process is gone: what is there, then close */
	size_t drain_left;
};

/* To the guest: queued until it is taken; the queue is within our credit. */
struct sink {
	struct source source;
	struct stream *stream;
	struct buf queue;
	uint32_t granted;  /* what the host may still send */
	uint32_t consumed; /* and what we have not yet given back */
	bool eof;          /* nothing more comes */
	bool terminal;     /* has no end of file */
	bool socket;       /* end of file is a shutdown */
};

struct stream {
	struct agent *agent;
	uint32_t id;
	uint8_t kind; /* for whoever translates its messages */
	struct stream *next;
	bool opened; /* OPENED was sent: data may flow */
	bool over;   /* EXIT or ERROR was sent, or the opener has closed it */
	struct tap taps[STREAM_TAPS]; /* by channel; 0 is read and dropped */
	struct sink sink;
	/* an exec'ed process; pid 0 for a connection or when it has ended */
	struct child child;
	int status;
	bool exec, ended;
	struct source verdict; /* exec: its error pipe; connect: the socket */
	struct buf words;      /* what an exec was of, for its error */
};

/* stream.c */
struct stream *stream_find(struct agent *a, uint32_t id);
struct stream *stream_new(struct agent *a, uint32_t id);
void stream_send(struct stream *s, uint8_t type, uint8_t channel,
		 const void *payload, size_t len);
/* OPENED: from now on data flows. */
void stream_opened(struct stream *s);
/* ERROR, and everything of the stream is ended, a process killed. */
void stream_fail(struct stream *s, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* EXIT when there is nothing left to wait for. */
void stream_settle(struct stream *s);
/* Closes, kills and unlinks, without a word to the host. */
void stream_end(struct stream *s);
/* ERROR for a stream number that has no stream. */
void stream_refuse(struct agent *a, uint32_t id, int errnum, const char *what);

/* tap.c; fds are non-blocking and taken over */
void tap_open(struct stream *s, unsigned channel, int fd);
void tap_update(struct tap *t);
void tap_credit(struct tap *t, uint32_t n);
/* Sends at most `most` bytes of what is there and closes. */
void tap_drain(struct tap *t, size_t most);
void tap_close(struct tap *t);

/* sink.c */
void sink_open(struct stream *s, int fd);
void sink_data(struct sink *k, const void *data, size_t len);
void sink_eof(struct sink *k);
void sink_pump(struct sink *k);
void sink_close(struct sink *k);

/* exec.c, connect.c: start a stream from its opening frame */
void exec_open(struct agent *a, const struct frame *f);
void connect_open(struct agent *a, const struct frame *f);
/* The same from an address, "tcp:127.0.0.1:80". */
void connect_start(struct agent *a, uint32_t id, const char *address);
void exec_signal(struct stream *s, uint32_t sig);
void exec_resize(struct stream *s, uint16_t rows, uint16_t cols);
void exec_kill(struct stream *s);

#endif
