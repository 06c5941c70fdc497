/*
 * Values that options and configuration keys have in common: one check and
 * one wording for both.  A message names the value and what is accepted; the
 * caller puts before it where the value was given.
 */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"

int value_memory(const char *s, uint64_t *ret, struct vc_error *err);
int value_disk(const char *s, uint64_t *ret, struct vc_error *err);
int value_cpus(const char *s, uint64_t *ret, struct vc_error *err);
int value_seconds(const char *s, uint64_t *ret, struct vc_error *err);
int value_bool(const char *s, bool *ret, struct vc_error *err);
/* "host", "host:port", "[v6]:port": nothing that could end a word or a line
 * of an engine's configuration. */
int value_registry(const char *s, struct vc_error *err);
/* [A-Za-z0-9][A-Za-z0-9_.-]* */
int value_instance(const char *s, struct vc_error *err);
/* An absolute path that survives a line of the config file. */
int value_path(const char *s, struct vc_error *err);

#endif
