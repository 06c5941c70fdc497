/* Variables named without a value: see environment.c. */
#ifndef ENGINE_ENVIRONMENT_H
#define ENGINE_ENVIRONMENT_H

#include "vc/strv.h"

/* Adds the caller's variable to env if it is set. */
void environment_pass(struct strv *env, const char *name);
/*
 * Makes NAME in the CLI's environment what it is in ours: by env, and then
 * NULL, or, for one that the CLI needs for itself, by the argument returned
 * ("NAME=value", or a name that is set nowhere), owned by the caller.
 */
char *environment_argument(struct strv *env, const char *name);

#endif
