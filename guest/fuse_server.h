/*
 * Gondolin's file system: the kernel's FUSE requests become fs_request
 * messages on the port virtio-fs, answered by the host with fs_response.  A
 * request is one message (a change of size is two), and any number of them is
 * under way.  Runs as a process of its own, so that PID 1 may use the mount.
 */
#ifndef GUEST_FUSE_SERVER_H
#define GUEST_FUSE_SERVER_H

#include <linux/fuse.h>
#include <stddef.h>
#include <stdint.h>

#include "vc/buf.h"
#include "vc/cbor.h"
#include "vc/error.h"

/* What the host takes and gives in one message. */
#define FUSE_SERVER_MAX_DATA (60u * 1024u)

/* A request of the kernel, as it was read. */
struct fuse_request {
	struct fuse_in_header head;
	const uint8_t *arg; /* what follows the header */
	size_t len;
};

/* What is remembered of it until the answer. */
struct fuse_call {
	uint32_t id; /* of the message */
	uint32_t opcode;
	uint64_t unique, nodeid;
	uint32_t size; /* READ, READDIR: what the kernel has room for */
	struct fuse_call *next;
};

/*
 * Serves both (taken over) until the file system is unmounted or the host has
 * gone; 0 or -1.
 */
int fuse_serve(int device, int port, struct vc_error *err);

/*
 * fuse_request.c: the message's op and, appended to b, its req.  NULL: the
 * request is answered without the host, with *ret_errnum (0: success).
 */
const char *fuse_request_put(const struct fuse_request *r, struct buf *b,
			     int *ret_errnum);
void fuse_request_put_getattr(struct buf *b, uint64_t nodeid);

/*
 * fuse_reply.c: the kernel's answer from the host's.  Returns 0, or an errno
 * when the host's makes no sense.
 */
int fuse_reply_put(const struct fuse_call *c, const struct cbor *res,
		   struct buf *out);
/* The name of a LOOKUP is not there, and will not be for a while. */
void fuse_reply_put_absent(const struct cbor *res, struct buf *out);

#endif
