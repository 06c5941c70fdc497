/* Compressed data that holds not a single byte. */
#ifndef LAYER_EMPTY_H
#define LAYER_EMPTY_H

#include <stdbool.h>
#include <stddef.h>

#include "vc/layer.h"

#define COMPRESSED_NOTHING 320 /* bytes: a gzip header may have a file name */

/* Of all of the compressed data: it is whole, and nothing is in it. */
bool compressed_nothing(enum compression how, const void *data, size_t len);

#endif
