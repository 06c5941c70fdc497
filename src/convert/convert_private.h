/* What the files of this module share. */
#ifndef CONVERT_PRIVATE_H
#define CONVERT_PRIVATE_H

#include "vc/convert.h"

/* --- source.c --- */

/* An opened source; the pick borrows from the rest. */
struct image_source {
	struct registry_image *registry;
	struct image_pick *pick;
	char *label; /* owned: "image 'x'", for messages */
};
int image_source_open(const struct convert *c, const char *spool_dir,
		struct image_source *ret, struct vc_error *err);
void image_source_release(struct image_source *s);
#define _cleanup_image_source_ __attribute__((cleanup(image_source_release)))
/* Gives err the status of a fault of that kind, unless it has one or its
 * errnum says better: a digest that is wrong, a full disk. */
int with_status(struct vc_error *err, int status);

/* --- layers.c --- */

/* Where the data of the tree's files is. */
struct spools {
	struct spool *v;
	size_t n;
};
void spools_release(struct spools *s);
#define _cleanup_spools_ __attribute__((cleanup(spools_release)))
/*
 * Reads all layers, as many at once as there are processors, compares their
 * digests and applies them in order.  *spools must outlive the tree.
 * *ret_sum (owned): the digest of what was read where the image has none.
 */
int read_layers(const struct image_pick *pick, const char *spool_dir,
		const struct layer_limits *limits, struct tree *t,
		struct spools *spools, char **ret_sum, struct vc_error *err);

/* --- output.c --- */

/*
 * A file of the output directory.  It has no name until all of them are
 * complete (a temporary one where the file system knows no nameless files),
 * so that nothing of a failed or killed run is left and what was there stays.
 */
struct output {
	char *name;     /* owned: the final one */
	char *temp;     /* owned: the temporary name, or NULL */
	char path[64];  /* a path by which a child can open it, too */
	int fd;
};
struct outputs {
	int dirfd;
	char *dir;      /* owned */
	bool made_dir;
	struct output *v;
	size_t n;
};
int outputs_open(struct outputs *o, const char *dir, struct vc_error *err);
void outputs_release(struct outputs *o);
#define _cleanup_outputs_ __attribute__((cleanup(outputs_release)))
/* An empty file, 0600 until it is published; borrowed, valid until the next. */
struct output *outputs_add(struct outputs *o, const char *name,
			   struct vc_error *err);
int outputs_add_text(struct outputs *o, const char *name, const char *text,
		     struct vc_error *err);
bool outputs_exists(const struct outputs *o, const char *name);
/* Gives all of them their names, in order; an old one is replaced. */
int outputs_publish(struct outputs *o, struct vc_error *err);
int output_sha256(const struct output *f, char ret[65], struct vc_error *err);

/* --- the rest --- */

/* customise.c: before the tree is finished; data goes to the spool. */
int customise_tree(const struct convert *c, struct tree *t, struct spool *spool,
		   int64_t mtime, struct vc_error *err);
int customise_runtime(const struct convert *c, struct image_runtime *r,
		      struct vc_error *err);
/* identity.c: a UUID that is the same for the same `seed`. */
void derive_uuid(const char *seed, uint8_t ret[16]);
/* mtree.c: mtree(5) of a finished tree. */
int write_mtree(const struct tree *t, const char *path, struct vc_error *err);

#endif
