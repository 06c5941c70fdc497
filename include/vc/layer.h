/*
 * Layers and root file systems as bytes: hashing, inflating into nameless
 * files, packing a directory as a tar.  Knows tar and compression, not what an
 * image, a manifest or a digest string is.
 */
#ifndef VC_LAYER_H
#define VC_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vc/buf.h"
#include "vc/error.h"
#include "vc/source.h"

/* --- extents: bytes that stand still in a file ------------------------- */

struct extent {
	int fd; /* borrowed */
	uint64_t offset, size;
};

/* All of len bytes at `at` within the extent; a file that has become shorter
 * is an error. */
int extent_read(const struct extent *e, uint64_t at, void *data, size_t len,
		struct vc_error *err);
struct byte_source *extent_source(const struct extent *e);
/* `head` (already read from it) and then fd to its end; both borrowed, the
 * head copied. */
struct byte_source *stream_source(int fd, const void *head, size_t head_len);

/* --- hashes ------------------------------------------------------------ */

enum hash_kind { HASH_SHA256, HASH_SHA512 };
#define HASH_HEX_MAX 129 /* with the NUL */

struct hash;
struct hash *hash_new(enum hash_kind kind);
void hash_update(struct hash *h, const void *data, size_t len);
/* Lower case; h may not be updated afterwards. */
void hash_finish(struct hash *h, char ret_hex[HASH_HEX_MAX]);
void hash_free(struct hash *h);
void hash_cleanup(struct hash **h);
#define _cleanup_hash_ __attribute__((cleanup(hash_cleanup)))
size_t hash_hex_len(enum hash_kind kind);

/* --- the spool: one nameless file that only grows ---------------------- */

struct spool {
	int fd;      /* -1 until the first write */
	char *dir;   /* owned */
	uint64_t used;
	uint64_t checked; /* `used` when free space was last looked at */
	char what[64];    /* for the progress line: "unpacking layer 2 of 5" */
};

void spool_init(struct spool *s, const char *dir);
void spool_release(struct spool *s);
/* Appends; the error says which directory is full.  Some space is always left
 * to others, so that a decompression bomb does not fill the disk. */
int spool_write(struct spool *s, const void *data, size_t len,
		struct vc_error *err);

/* --- compression ------------------------------------------------------- */

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_XZ,
	COMPRESSION_BZIP2,
};
#define COMPRESSION_HEAD 16 /* bytes that compression_detect() wants */

/* By the magic number, whatever a media type or file name says. */
enum compression compression_detect(const void *head, size_t len);
const char *compression_name(enum compression c);

/*
 * Reads `in` to its end and appends it, with one level of compression taken
 * off, to `out`; *ret is what was appended.  in_hash and out_hash (may be
 * NULL) see all bytes of both sides; in_hash also when inflating failed, so
 * that a caller can tell a corrupt blob from a badly made one.
 */
int inflate_to_spool(struct byte_source *in, enum compression how,
		     struct spool *out, struct hash *in_hash,
		     struct hash *out_hash, struct extent *ret,
		     struct vc_error *err);

/*
 * Compression, by NONE, GZIP or ZSTD: the same bytes for the same content.
 * What data becomes is appended to out; `end` finishes it, and then nothing
 * may follow.
 */
struct deflater;
struct deflater *deflater_new(enum compression how);
void deflater_add(struct deflater *d, const void *data, size_t len, bool end,
		  struct buf *out);
void deflater_free(struct deflater *d);
void deflater_cleanup(struct deflater **d);
#define _cleanup_deflater_ __attribute__((cleanup(deflater_cleanup)))

/* --- writing tar ------------------------------------------------------- */

#define TAR_BLOCK 512u

struct tar_entry {
	const char *name; /* directories with their '/' */
	const char *link; /* target of types '1' and '2', else NULL */
	char type;        /* '0' file '1' hard link '2' symlink '3' '4' '5' '6' */
	uint32_t mode;
	uint64_t uid, gid, size;
	int64_t mtime;
	uint32_t mtime_ns;
	uint32_t dev_major, dev_minor;
	const struct buf *records; /* further PAX records, or NULL */
};

/* The header, ustar where everything fits, else after a PAX header. */
void tar_put_header(struct buf *out, const struct tar_entry *e);
/* Appends one PAX record "len key=value\n" to records. */
void tar_put_record(struct buf *records, const char *key, const void *value,
		    size_t len);
void tar_put_zeros(struct buf *out, size_t len);
size_t tar_padding(uint64_t size); /* zeros behind a member's data */

/* --- sources made of parts --------------------------------------------- */

struct parts; /* bytes and extents, one after the other */
struct parts *parts_new(void);
void parts_add_bytes(struct parts *p, struct buf *bytes); /* empties bytes */
void parts_add_extent(struct parts *p, const struct extent *e);
struct byte_source *parts_source(struct parts *p); /* takes ownership of p */

/* --- directories of the host ------------------------------------------- */

/*
 * Opens a path below dirfd without ever leaving it or following a symbolic
 * link; -1 with errno.  `path` is relative.
 */
int open_beneath(int dirfd, const char *path, int flags);
/*
 * The tree below dirfd (borrowed; must stay open) as a tar, made while it is
 * read: sorted, owners and modes and times as they are, hard links, devices,
 * xattrs.  `label` names the directory in messages.
 */
struct byte_source *dir_tar_source(int dirfd, const char *label);

/* --- layers into a tree --------------------------------------------------- */

struct tree;
struct layer_entries; /* what one layer says, in its order */

struct layer_limits {
	uint64_t max_unpacked; /* bytes of file data of a layer; 0: no limit */
	uint64_t max_entries;  /* of a layer, and of the tree; 0: no limit */
	uint32_t max_ratio;    /* unpacked to packed; 0: no limit */
	bool strict;           /* what is only odd is an error too */
	bool skip_devices, deny_devices;
	bool strip_setuid;
};

/*
 * Reads one layer blob, plain or compressed (by its content), to its end:
 * the data of its files goes to `spool`, what it says of them to *ret.
 * in_hash and out_hash (may be NULL) see the bytes before and after
 * inflating, in_hash also when it failed (but for errnum ENOSPC), so that a
 * caller can tell a corrupt blob from a badly made one.  Without out_hash
 * gzip's check sum is compared, and a tar that ends without saying so is
 * truncated.  `in` is read by a thread of its own meanwhile.  Several layers
 * may be read at once by as many threads, each with its own spool.  Nothing
 * read may be believed before the hashes were compared.
 */
int layer_read(struct byte_source *in, const struct layer_limits *limits,
	       struct spool *spool, struct hash *in_hash,
	       struct hash *out_hash, struct layer_entries **ret,
	       struct vc_error *err);
/*
 * Applies it to the tree as image-spec layer.md says: whiteouts hide lower
 * layers only, parents that are links are followed within the tree.
 * `number` counts the layers from 0, `implicit_mtime` is the time of parent
 * directories no entry is there for.  Takes nothing over but frees of
 * `entries` what it needed no more.
 */
int layer_apply(struct tree *t, struct layer_entries *entries,
		uint32_t number, int64_t implicit_mtime,
		const struct layer_limits *limits, struct vc_error *err);
void layer_entries_free(struct layer_entries *e);
/* Of file data, holes left out; and of entries. */
uint64_t layer_entries_bytes(const struct layer_entries *e);
uint64_t layer_entries_count(const struct layer_entries *e);
/* The directory of the host as the entries of a layer: what dir_tar_source()
 * packs. */
int layer_read_dir(int dirfd, const char *label,
		   const struct layer_limits *limits, struct spool *spool,
		   struct layer_entries **ret, struct vc_error *err);
/*
 * A path within the tree as a process in it would reach it: links followed,
 * also absolute ones, '..' of the root is the root.  NULL with errno ENOENT,
 * ENOTDIR or ELOOP.
 */
struct tree_node *tree_resolve(const struct tree *t, const char *path,
			       bool follow_last);

/* --- whose machine code ------------------------------------------------ */

#define ELF_HEAD 20

/* The OCI name of the architecture an ELF file is for; NULL when it is no ELF
 * file or for a machine we have no name for. */
const char *elf_arch(const void *head, size_t len);
/*
 * How much the file `name` of a root file system tells about its
 * architecture: 2 for a shell, env, init or dynamic linker at its usual place
 * (any of those settles it), 1 for another executable, 0 for nothing.
 */
int elf_rank(const char *name, unsigned mode);
/* What a directory's programs are for; NULL when there is no telling. */
const char *elf_arch_of_dir(int dirfd);

#endif
