/*
 * Lines of passwd(5) and group(5), as an image brings them: hostile text, read
 * by hand and without the C library's name services.  A line that makes no
 * sense (a number that is none, too few fields) is as if it were not there.
 */
#ifndef GUEST_ACCOUNTS_H
#define GUEST_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* docker's and containerd's range; beyond it numbers have been wrapped around
 * to root (CVE-2024-40635). */
#define ID_MAX 0x7fffffffu

/* A file in memory; the text need not end in NUL and may hold any byte. */
struct text {
	const char *p;
	size_t n;
};

struct account {
	struct text name, home; /* borrowed from the file */
	uint32_t uid, gid;
};

/* A decimal number: 1 and *ret; 0 when s is something else, -1 when it is a
 * number beyond ID_MAX. */
int id_parse(struct text s, uint32_t *ret);
bool text_is(struct text t, const char *s);

/* The first entry with that name, or with that number. */
bool account_by_name(struct text passwd, const char *name,
		     struct account *ret);
bool account_by_uid(struct text passwd, uint32_t uid, struct account *ret);
bool group_by_name(struct text group, const char *name, uint32_t *ret_gid);
/* Groups that list the name as a member, at most max; how many. */
size_t groups_of(struct text group, struct text member, uint32_t *ret,
		 size_t max);

#endif
