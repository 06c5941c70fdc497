/*
 * The ext4 writer.  libext2fs lays out groups and tables and knows the
 * checksums; inodes, directories and data are written here, in one pass from
 * the first block to the last, since the library searches for room with every
 * call.
 *
 * The tree is walked several times by the same code: first without a place to
 * write to, to learn how many blocks it takes, then in the layout chosen from
 * that, and at last to write.  So what was counted is what is written.
 */
#ifndef FS_EXT4_H
#define FS_EXT4_H

#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>
#include <stdbool.h>
#include <stdint.h>

#include "fs.h"

/* The format's structures are written as they are in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little endian");

#define EXT4_INODE_SIZE 256
#define EXT4_FAST_LINK 60 /* bytes, with the NUL, of a link in its inode */
#define EXT4_MAX_LINKS 65000

/* --- blocks: where they come from (ext4_space.c) ------------------------- */

struct ext4_range {
	uint64_t start, len;
};

struct ext4_space {
	struct ext4_range *v; /* owned; what is free, ascending */
	size_t n, cap;
	size_t at;        /* the range being used */
	uint64_t taken;   /* of it */
	uint64_t room;    /* all ranges together */
	uint64_t used;    /* of room */
	uint64_t missing; /* handed out although there was no room */
};

/* The free blocks of fs; NULL: none, everything will be `missing`. */
void ext4_space_init(struct ext4_space *s, ext2_filsys fs);
/* Back to the start, to take the same blocks once more. */
void ext4_space_rewind(struct ext4_space *s);
void ext4_space_release(struct ext4_space *s);
/* Up to want blocks, in one piece, behind all that were taken before. */
struct ext4_range ext4_space_take(struct ext4_space *s, uint64_t want);
/* Marks what was taken in the bitmap and the groups' counts. */
void ext4_space_mark(const struct ext4_space *s, ext2_filsys fs);

/* --- bytes: how they get to the image (ext4_out.c) ------------------------ */

struct ext4_out {
	int fd; /* borrowed; -1: nothing is written, only measured */
	uint32_t block_size;
	char *stage; /* owned: bytes for the place `at`, not yet written */
	size_t len;
	uint64_t at;
};

void ext4_out_init(struct ext4_out *o, int fd, uint32_t block_size);
void ext4_out_release(struct ext4_out *o);
/* What follows closely on the bytes put before is written together with them;
 * what lies between stays zeros. */
int ext4_out_put(struct ext4_out *o, uint64_t at, const void *data, size_t len,
		 struct vc_error *err);
/* The same from another file. */
int ext4_out_copy(struct ext4_out *o, uint64_t at, int fd, uint64_t from,
		  uint64_t len, struct vc_error *err);
int ext4_out_flush(struct ext4_out *o, struct vc_error *err);
/* At once, past the stage: for what lies elsewhere. */
int ext4_out_write(const struct ext4_out *o, uint64_t at, const void *data,
		   size_t len, struct vc_error *err);

/* --- the layout: how many blocks, groups and inodes (ext4_layout.c) -------- */

struct ext4_layout {
	uint64_t blocks;
	uint32_t inodes;
	uint32_t blocks_per_group;
};

/* The smallest with room for `payload` blocks of data and directories. */
int ext4_layout_for(uint32_t block_size, uint64_t payload, uint64_t inodes,
		    struct ext4_layout *ret, struct vc_error *err);
/* One of a given size. */
int ext4_layout_of(uint32_t block_size, uint64_t blocks, uint64_t inodes,
		   struct ext4_layout *ret, struct vc_error *err);

/* --- the image ------------------------------------------------------------ */

struct ext4_extent {
	uint32_t logical, blocks;
	uint64_t start;
};

struct ext4_extents {
	struct ext4_extent *v; /* owned */
	size_t n, cap;
};

union ext4_inode { /* as on the disk */
	struct ext2_inode_large i;
	struct ext2_inode small;
	uint8_t raw[EXT4_INODE_SIZE];
};

struct ext4 {
	const struct tree *tree;
	const struct fs_options *options;
	uint32_t block_size;
	int fd;
	ext2_filsys fs; /* NULL in the first pass */
	struct ext4_space space;
	struct ext4_out out;
	struct ext4_extents extents; /* of the inode at hand */
	uint64_t inode_blocks;       /* the same: blocks it has in all */
	char *block;                 /* owned: one block, to compose in */
	uint8_t *table; /* owned: the inodes of one group, not yet written */
	uint32_t table_group, table_len;
	uint32_t journal_blocks; /* 0: none */
	bool own_lost_found;     /* the tree has one */
};

/* Only counting? */
static inline bool ext4_measuring(const struct ext4 *e)
{
	return e->out.fd < 0;
}

/* The whole tree, journal and lost+found (ext4_fill.c). */
int ext4_fill(struct ext4 *e, struct vc_error *err);
uint32_t ext4_ino(const struct ext4 *e, const struct tree_inode *i);
/* How many inodes are in use. */
uint64_t ext4_inode_count(const struct ext4 *e);

/* The handle of an empty file system in that layout, and its free space
 * (ext4_super.c). */
int ext4_make(struct ext4 *e, const struct ext4_layout *l, struct vc_error *err);
void ext4_unmake(struct ext4 *e);
/* Bitmaps, group descriptors, superblocks: after everything else. */
int ext4_finish(struct ext4 *e, struct vc_error *err);

/* --- parts of one inode ----------------------------------------------------- */

/* Type, owner, times, size; no blocks yet (ext4_inode.c). */
int ext4_inode_init(const struct ext4 *e, const struct tree_node *n,
		    union ext4_inode *ret, struct vc_error *err);
/* One of the file system's own: root's, its times those of the options. */
void ext4_inode_init_own(const struct ext4 *e, uint16_t mode,
			 union ext4_inode *ret);
void ext4_inode_set_size(union ext4_inode *i, uint64_t size);
/* Puts it into its table, once its blocks are known. */
int ext4_inode_put(struct ext4 *e, uint32_t ino, union ext4_inode *i,
		   bool is_dir, struct vc_error *err);
int ext4_inode_flush(struct ext4 *e, struct vc_error *err);
/* crc32c as for everything that belongs to an inode; in the first pass 0. */
uint32_t ext4_inode_csum(const struct ext4 *e, uint32_t ino, const void *data,
			 size_t len);

/* Blocks from `logical` on: up to `want`, noted as the inode's
 * (ext4_extents.c). */
struct ext4_range ext4_extents_take(struct ext4 *e, uint64_t logical,
				    uint64_t want);
/* Maps the inode's extents, and makes ready for the next inode. */
int ext4_extents_finish(struct ext4 *e, uint32_t ino, union ext4_inode *i,
			struct vc_error *err);

/* Contents: of files, links, directories. */
int ext4_data_put(struct ext4 *e, const struct tree_inode *t,
		  struct vc_error *err);
int ext4_dir_put(struct ext4 *e, const struct tree_node *dir, uint64_t *ret_size,
		 struct vc_error *err);
int ext4_dir_put_empty(struct ext4 *e, uint32_t ino, uint32_t parent,
		       uint64_t size, struct vc_error *err);

/* Extended attributes, in the inode and one more block (ext4_xattr.c). */
int ext4_xattr_put(struct ext4 *e, const struct tree_inode *t,
		   union ext4_inode *i, struct vc_error *err);
/* An access list as the format has it, from the form of getxattr(2); owned by
 * the caller (ext4_acl.c). */
void *ext4_acl(const void *value, size_t len, size_t *ret_len,
	       struct vc_error *err);

#endif
