/* Whether bytes are UTF-8. */
#ifndef LAYER_UTF8_H
#define LAYER_UTF8_H

#include <stdbool.h>

bool is_utf8(const char *s);

#endif
