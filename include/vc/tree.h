/*
 * The merged tree of an image: names and metadata in memory, the bytes of
 * files where they were spooled.  Built by applying layers (vc/layer.h), read
 * by the writers of file systems (vc/fs.h), which know nothing of where its
 * entries come from.
 *
 * Names are bytes: any but NUL and '/', never "", "." or "..".  A path of the
 * tree never becomes a path of the host.
 */
#ifndef VC_TREE_H
#define VC_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vc/error.h"

enum inode_type {
	INODE_DIR,
	INODE_FILE,
	INODE_SYMLINK,
	INODE_CHAR,
	INODE_BLOCK,
	INODE_FIFO,
	INODE_SOCKET,
};

/* Bytes of a file that are in one piece; what lies between is zeros. */
struct data_run {
	uint64_t logical; /* where in the file */
	uint64_t len;
	uint64_t at;      /* where in fd */
	int fd;           /* borrowed: a spool that outlives the tree */
};

struct xattr {
	char *name;  /* owned, whole: "security.capability" */
	void *value; /* owned */
	size_t len;
};

/* What names stand for; several names of one are hard links. */
struct tree_inode {
	enum inode_type type;
	uint32_t mode; /* 07777: permissions, setuid, setgid, sticky */
	uint32_t uid, gid;
	uint32_t links;  /* names; of a directory always 1 */
	uint32_t number; /* from tree_finish(): 1 is the root, then in the
			  * order of the walk, without gaps */
	int64_t mtime;   /* seconds */
	uint32_t mtime_ns;
	uint32_t dev_major, dev_minor; /* INODE_CHAR, INODE_BLOCK */
	uint64_t size;       /* INODE_FILE; of a link the length of target */
	char *target;        /* INODE_SYMLINK, owned; NUL-terminated */
	struct data_run *runs; /* INODE_FILE, owned, by logical, disjoint, not
				* empty and within size */
	struct xattr *xattrs;  /* owned, sorted by name once finished */
	uint32_t n_runs, n_xattrs;
};

struct tree_node {
	struct tree_node *parent; /* of the root: NULL */
	struct tree_inode *inode; /* never NULL; shared by hard links */
	struct tree_node **children; /* INODE_DIR; sorted once finished */
	uint32_t n_children, cap_children;
	uint32_t at;       /* this node's place among its parent's children */
	uint32_t layer;    /* the layer that named it last, from 0 */
	uint32_t hash;
	uint32_t name_len;
	struct tree_node *hash_next;
	char name[]; /* NUL-terminated; of the root "" */
};

struct tree_totals {
	uint64_t entries;   /* nodes, the root among them */
	uint64_t inodes;
	uint64_t dirs, files, symlinks, others; /* inodes by type */
	uint64_t file_bytes;   /* sum of the sizes of files */
	uint64_t stored_bytes; /* of their runs: without holes */
};

struct tree; /* owns nodes and inodes */

/* Holds a root directory: mode 0755, owner 0:0, mtime 0. */
struct tree *tree_new(void);
void tree_free(struct tree *t);
void tree_cleanup(struct tree **t);
#define _cleanup_tree_ __attribute__((cleanup(tree_cleanup)))
struct tree_node *tree_root(const struct tree *t);
/* How many there are now, the root not counted. */
uint64_t tree_names(const struct tree *t);

/* --- building ---------------------------------------------------------- */

/* A new inode without names; tree_add() takes it over, inode_free() is for
 * one that got no name. */
struct tree_inode *inode_new(enum inode_type type);
void inode_free(struct tree_inode *i);
/* Appends; joins with the last run where it goes on in the same fd. */
void inode_add_run(struct tree_inode *i, const struct data_run *r);
/* Copies the value; replaces one of that name. */
void inode_set_xattr(struct tree_inode *i, const char *name, const void *value,
		     size_t len);
const struct xattr *inode_find_xattr(const struct tree_inode *i,
				     const char *name);

struct tree_node *tree_find(const struct tree *t, const struct tree_node *dir,
			    const char *name, size_t len);
/* A new name in `dir`, which must not have it; counts a link. */
struct tree_node *tree_add(struct tree *t, struct tree_node *dir,
			   const char *name, size_t len,
			   struct tree_inode *inode);
/* The node (not the root) and all below it; inodes without names go too. */
void tree_remove(struct tree *t, struct tree_node *n);
/* Another inode for a node: a directory keeps its children if the new inode
 * is a directory too, else it must have none. */
void tree_set_inode(struct tree *t, struct tree_node *n,
		    struct tree_inode *inode);

/* Sorts children and xattrs by the bytes of their names, numbers the inodes,
 * counts.  To be called after the last change and before a writer. */
void tree_finish(struct tree *t);

/* --- reading ----------------------------------------------------------- */

const struct tree_totals *tree_totals(const struct tree *t);
/*
 * The walk: root first, parents before children, siblings in order; NULL
 * after the last.  Without recursion: trees may be 100 000 deep.
 */
struct tree_node *tree_next(const struct tree_node *n);
/* The same without what is below n. */
struct tree_node *tree_next_outside(const struct tree_node *n);
/* "a/b/c", "" for the root; owned by the caller, bytes as they are
 * (printable() before anybody sees it). */
char *tree_path(const struct tree_node *n);
/* len bytes of a file from `at`, holes as zeros; at + len must be within its
 * size. */
int inode_read(const struct tree_inode *i, uint64_t at, void *data, size_t len,
	       struct vc_error *err);

#endif
