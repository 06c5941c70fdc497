/*
 * Where the members of a plain tar are.  Names are keys, never paths; links
 * are followed among the members only.
 */
#ifndef OCI_TAR_INDEX_H
#define OCI_TAR_INDEX_H

#include "vc/layer.h"

struct tar_member {
	char *name;        /* owned, normalised: "a/b" */
	char *link;        /* owned: the member it is another name of, or NULL */
	struct extent at;
	bool sparse;       /* its bytes are not in one piece */
	size_t seq;        /* position in the archive */
};

struct tar_index {
	struct tar_member *v; /* sorted by name, then position */
	size_t n, cap;
	bool overflow;  /* there were more members than are kept */
	bool unended;   /* no end-of-archive mark */
	/* for a root file system: what its programs are for, NULL unknown */
	const char *elf_arch;
	int elf_rank;
};

/*
 * Reads all headers of the tar at `archive`.  Only members are kept that can
 * be documents, blobs or layers (short names, few of them): a root file system
 * with millions of files costs no memory.
 */
int tar_index_read(struct tar_index *t, const struct extent *archive,
		   struct vc_error *err);
void tar_index_release(struct tar_index *t);
/* Only the members are forgotten. */
void tar_index_drop_members(struct tar_index *t);

bool tar_index_has(const struct tar_index *t, const char *name);
/*
 * The data of a member.  Of several with one name the last counts, as when
 * the archive is unpacked.  err->errnum is ENOENT when there is none.
 */
int tar_index_find(const struct tar_index *t, const char *name,
		   struct extent *ret, struct vc_error *err);
/* The same for a document, which must be a file and there once: a second one
 * means that somebody else may see another image than we do. */
int tar_index_document(const struct tar_index *t, const char *name,
		       struct extent *ret, struct vc_error *err);

/* "./a//b/../c" -> "a/c", owned by the caller; NULL when it is absolute,
 * leaves the top or is the top. */
char *tar_name_normalise(const char *name);

#endif
