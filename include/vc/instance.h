/*
 * Instances as they lie on the disk: one state directory each, below the
 * state base.  Only files that are ours by name are counted or removed, only
 * in directories that belong to us, and no link is followed.
 */
#ifndef VC_INSTANCE_H
#define VC_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/settings.h"
#include "vc/strv.h"

struct instance {
	char *name;          /* owned, as is dir */
	char *dir;
	uint64_t used;       /* bytes allocated by all our files */
	uint64_t store_used; /* by state.img alone */
	uint64_t store_size; /* its virtual size; 0: no store yet */
	bool running;
};

struct instance_list {
	struct instance *v;
	size_t n;
};

#define _cleanup_instances_ __attribute__((cleanup(instance_list_release)))
void instance_list_release(struct instance_list *l);
/* All below the state base, sorted by name; with --state-dir that one. */
int instance_list(const struct settings *s, struct instance_list *ret,
		  struct vc_error *err);

/* Stops the VM of this state directory; *ret_ran is false when none ran. */
int instance_stop(const char *dir, bool *ret_ran, struct vc_error *err);
/*
 * Removes our files of a stopped instance and then the directory: 1 when it
 * is gone, 0 when there was none or when it stays, because it holds what
 * ret_foreign then names.
 */
int instance_remove(const char *dir, struct strv *ret_foreign,
		    struct vc_error *err);
/* Removes the store only; a missing one is fine. */
int instance_remove_store(const char *dir, struct vc_error *err);

#endif
