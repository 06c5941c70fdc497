/* As much of ext4 as it takes to decide how to treat a disk. */
#ifndef GUEST_EXT4_H
#define GUEST_EXT4_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"

struct ext4_super {
	bool clean;	/* neither a journal to replay nor errors seen */
	uint64_t bytes; /* of the file system */
	uint32_t block_size;
};

/* Fails when there is no ext4 at all. */
int ext4_read_super(const char *device, struct ext4_super *ret,
		    struct vc_error *err);
/* Grows the mounted file system to the size of its device. */
int ext4_grow(const char *mountpoint, const char *device,
	      const struct ext4_super *super, struct vc_error *err);

#endif
