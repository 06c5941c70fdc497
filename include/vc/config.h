/* The `config` file: lines "key=value", '#' comments; written atomically. */
#ifndef VC_CONFIG_H
#define VC_CONFIG_H

#include "vc/error.h"
#include "vc/strv.h"

struct config_key {
	const char *name;
	const char *fallback; /* the default, as text; "" when derived */
	const char *help;
	/* checks a value; err names what is accepted */
	int (*check)(const char *value, struct vc_error *err);
};

extern const struct config_key config_keys[]; /* name NULL ends it */

const struct config_key *config_key_find(const char *name, struct vc_error *err);
/* The stored value, owned by the caller; NULL and 0 when not set. */
int config_get(const char *config_dir, const char *key, char **ret,
	       struct vc_error *err);
/* Keys of the file that are none of ours: they have no effect, and whoever
 * wrote them wants to know. */
int config_unknown(const char *config_dir, struct strv *ret,
		   struct vc_error *err);
/* value NULL: back to the default. */
int config_set(const char *config_dir, const char *key, const char *value,
	       struct vc_error *err);

#endif
