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

/* --- writing tar ------------------------------------------------------- */

#define TAR_BLOCK 512u

struct tar_entry {
	const char *name; /* directories with their '/' */
	const char *link; /* target of types '1' and '2', else NULL */
	char type;        /* '0' file '1' hard link '2' symlink '3' '4' '5' '6' */
	uint32_t mode;
	uint64_t uid, gid, size;
	int64_t mtime;
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
