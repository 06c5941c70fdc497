/*
 * Byte sources and sinks: a file, a socket, a decompressor and an archive
 * being written are the same thing to whoever moves the bytes.
 */
#ifndef VC_SOURCE_H
#define VC_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vc/error.h"

/* Embedded as the first member of an implementation's struct. */
struct byte_source {
	/* Up to len bytes; 0 at the end, -1 on failure. May block. */
	ssize_t (*read)(struct byte_source *s, void *data, size_t len,
			struct vc_error *err);
	void (*free)(struct byte_source *s);
};

struct byte_sink {
	/* All of len bytes, or -1. May block. */
	int (*write)(struct byte_sink *s, const void *data, size_t len,
		     struct vc_error *err);
};

#endif
