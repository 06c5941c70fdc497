/*
 * The frame codec of the host <-> guest channel and of the control socket
 * between clients and the monitor: docs/protocol.md.  Compiled into both
 * sides; knows bytes and frames, not who sends them or why.
 *
 * A frame is a header of FRAME_HEADER_SIZE bytes and `length` bytes of
 * payload, all integers little endian:
 *
 *   0  u32 magic     FRAME_MAGIC
 *   4  u8  type      enum frame_type
 *   5  u8  channel   0 stdin, 1 stdout, 2 stderr; else 0
 *   6  u16 flags     FRAME_SUMMED: check covers the payload too
 *   8  u32 stream    0: the connection itself
 *  12  u32 length    at most FRAME_MAX_PAYLOAD
 *  16  u32 check     CRC-32 of bytes 0-15 and, if summed, the payload
 */
#ifndef VC_FRAME_H
#define VC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vc/buf.h"
#include "vc/error.h"

#define FRAME_MAGIC 0x31464356u /* "VCF1" */
#define FRAME_HEADER_SIZE 20u
/* Holds the longest argv and environment Linux accepts (ARG_MAX, 2 MiB) with
 * room to spare; data travels in smaller pieces so that no stream holds up
 * another for long. */
#define FRAME_MAX_PAYLOAD (4u * 1024u * 1024u)
#define FRAME_MAX_DATA (64u * 1024u)
#define FRAME_SUMMED 1u

/* How many bytes a sender may have under way per stream and channel before
 * the receiver grants more. */
#define FRAME_WINDOW (256u * 1024u)

#define PROTO_VERSION 3u

enum frame_type {
	/* stream 0, both connections */
	FRAME_HELLO = 1, /* struct msg_hello: first frame of each side */
	FRAME_STAGE,     /* u64 ms since start, str stage: progress of a start */
	FRAME_READY,     /* empty: commands are served from now on */
	FRAME_FAILED,    /* str stage, str message: the start has failed */

	/* stream 0, host to guest */
	FRAME_CONFIG = 16, /* struct msg_config: what to set up; once */
	FRAME_SETTING,     /* str key, strv values: changed while running */
	FRAME_CLOCK,       /* u64 ns since the epoch */
	FRAME_ENTROPY,     /* bytes for the kernel's pool */
	FRAME_STAT,        /* empty; answered by FRAME_STATED */
	FRAME_SYNC,        /* empty; answered by FRAME_DONE */
	FRAME_POWEROFF,    /* empty: engine stopped, unmounted, off */
	FRAME_QUIESCE,     /* empty: disks frozen; answered by FRAME_DONE */
	FRAME_RESUME,      /* u64 ns since the epoch, bytes for the kernel's
			    * pool: goes on after it; answered by FRAME_DONE */

	/* stream 0, guest to host */
	FRAME_STATED = 32, /* u32 running containers, u32 open streams */
	FRAME_DONE,        /* u8 request type, str error ("" when done) */

	/* stream 0, client to monitor */
	FRAME_STOP = 48, /* empty: end the VM; the monitor closes when gone */
	FRAME_STATUS,    /* empty; answered by FRAME_STATUS_REPLY */
	FRAME_STATUS_REPLY, /* struct msg_status */
	FRAME_SET,       /* as FRAME_SETTING; answered by FRAME_DONE */
	FRAME_SUSPEND,   /* empty: as FRAME_STOP, but the VM can go on;
			  * refused by FRAME_DONE of FRAME_STOP */

	/* on a stream, from the side that opens it */
	FRAME_EXEC = 64, /* struct msg_exec */
	FRAME_CONNECT,   /* str address: "unix:PATH" or "tcp:HOST:PORT" */
	FRAME_SIGNAL,    /* u32 signal number (Linux generic) */
	FRAME_RESIZE,    /* u16 rows, u16 columns */
	FRAME_CLOSE,     /* empty: the opener is gone; the process is killed.
			  * On stream 0, client to monitor: done with a one-shot
			  * VM; the monitor closes when that has ended, or at once
			  * if it goes on */

	/* on a stream, both ways */
	FRAME_DATA = 80, /* bytes, `channel` says which of the three */
	FRAME_EOF,       /* empty, no more of `channel` */
	FRAME_CREDIT,    /* u32 bytes that `channel`'s sender may send more */

	/* on a stream, from the side that serves it; after each of EXIT and
	 * ERROR the stream is over and its number free */
	FRAME_OPENED = 96, /* empty: exec'ed or connected */
	FRAME_STOPPED,     /* u32 signal: the process was stopped (Ctrl-Z) */
	FRAME_EXIT,        /* u32 exit code, u32 signal (0: exited) */
	FRAME_ERROR,       /* u32 errno, str message */
};

struct frame {
	uint8_t type;
	uint8_t channel;
	uint32_t stream;
	const uint8_t *payload; /* borrowed from the decoder's buffer */
	uint32_t length;
};

/* Appends one frame to out; length must not exceed FRAME_MAX_PAYLOAD. */
void frame_put(struct buf *out, uint8_t type, uint8_t channel, uint32_t stream,
	       const void *payload, size_t length, bool summed);

/*
 * Takes the next frame from the front of `in`: 1 and *ret filled, 0 when more
 * bytes are needed.  Bytes that are no frame (a kernel message, say) are
 * dropped and counted in *skipped.  ret->payload points into `in`; call
 * frame_done() when finished with it.
 */
int frame_next(struct buf *in, struct frame *ret, uint64_t *skipped);
void frame_done(struct buf *in, const struct frame *f);

/* CRC-32 (IEEE 802.3, reflected), chainable: start with 0. */
uint32_t crc32_update(uint32_t crc, const void *data, size_t len);

#endif
