/* Image indexes: image-spec image-index.md; docker's manifest lists. */
#ifndef OCI_INDEX_H
#define OCI_INDEX_H

#include "descriptor.h"
#include "layout.h"

/* A manifest that an index names. */
struct candidate {
	struct descriptor d; /* d.name: what the layout calls it, or NULL */
	size_t top;          /* the entry of index.json it comes from */
	struct digest top_digest; /* of that entry */
	size_t group;        /* for select.c: images of one name */
};

struct candidates {
	struct candidate *v;
	size_t n, cap;
};

/*
 * All image manifests below index.json, in order, through nested indexes;
 * attestations and what is no image are left out.
 */
int index_walk(const struct layout *l, struct json_object *index,
	       struct candidates *ret, struct vc_error *err);
void candidates_release(struct candidates *c);
#define _cleanup_candidates_ __attribute__((cleanup(candidates_release)))

#endif
