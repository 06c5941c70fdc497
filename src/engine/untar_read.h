/* Members of a tar, one by one. */
#ifndef ENGINE_UNTAR_READ_H
#define ENGINE_UNTAR_READ_H

#include <sys/stat.h>

#include "engine/untar.h"

struct untar_member {
	const char *name;     /* raw; borrowed until the next call */
	char *clean;          /* "" is the top; owned by the reader */
	char type;            /* '0' '1' '2' '3' '5' '6'; '3' is any device */
	const char *link;     /* raw, of a symbolic link */
	char *hard;           /* clean name of a hard link's target */
	mode_t mode;          /* permissions */
	off_t size;
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
};

struct untar_reader;

/* `absolute`: names may begin with '/'. */
struct untar_reader *untar_reader_new(const struct extent *archive,
				      bool absolute);
void untar_reader_free(struct untar_reader *r);
void untar_reader_cleanup(struct untar_reader **r);
#define _cleanup_untar_reader_ __attribute__((cleanup(untar_reader_cleanup)))
/* 1 and *ret, borrowed until the next call; 0 at the end; -1. */
int untar_next(struct untar_reader *r, const struct untar_member **ret,
	       struct vc_error *err);
/* The member's content, written to fd; what is all zeros becomes a hole. */
int untar_content(struct untar_reader *r, int fd, struct vc_error *err);

#endif
