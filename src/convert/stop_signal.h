/* "SIGTERM", "TERM", "15", "SIGRTMIN+3": image-spec config.md, StopSignal. */
#ifndef CONVERT_STOP_SIGNAL_H
#define CONVERT_STOP_SIGNAL_H

#include <stdint.h>

#include "vc/error.h"

/* Its number on Linux; NULL and "" are SIGTERM. */
int stop_signal_parse(const char *name, uint32_t *ret, struct vc_error *err);

#endif
