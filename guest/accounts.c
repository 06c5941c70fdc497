/* passwd(5) and group(5); see accounts.h. */
#include "accounts.h"

#include <string.h>

#include "vc/util.h"

/* What is before the next `end`; *rest is what is behind it. */
static struct text cut(struct text *rest, char end)
{
	const char *at = rest->n ? memchr(rest->p, end, rest->n) : NULL;
	struct text t = { rest->p, at ? (size_t)(at - rest->p) : rest->n };
	size_t gone = t.n + (at != NULL);

	rest->p = rest->p ? rest->p + gone : NULL;
	rest->n -= gone;
	return t;
}

/* The first n fields of a line, the last one of them without what follows. */
static bool fields(struct text line, struct text *ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* the last field's cut leaves nothing: one more is missing */
		if (i && !line.p)
			return false;
		if (line.n == 0 || !memchr(line.p, ':', line.n)) {
			ret[i] = line;
			line = (struct text){ NULL, 0 };
			continue;
		}
		ret[i] = cut(&line, ':');
	}
	return true;
}

static bool same(struct text a, struct text b)
{
	return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

bool text_is(struct text t, const char *s)
{
	return same(t, (struct text){ s, strlen(s) });
}

int id_parse(struct text s, uint32_t *ret)
{
	uint64_t v = 0;

	if (!s.n)
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		/* stays too large once it is, without growing on */
		if (v <= ID_MAX)
			v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v > ID_MAX)
		return -1;
	*ret = (uint32_t)v;
	return 1;
}

/* name:password:uid:gid:gecos:home:shell */
static bool parse_account(struct text line, struct account *ret)
{
	struct text f[6];

	if (!fields(line, f, ARRAY_SIZE(f)) || !f[0].n ||
	    id_parse(f[2], &ret->uid) != 1 || id_parse(f[3], &ret->gid) != 1)
		return false;
	ret->name = f[0];
	ret->home = f[5];
	return true;
}

bool account_by_name(struct text passwd, const char *name, struct account *ret)
{
	struct account a;

	while (passwd.n)
		if (parse_account(cut(&passwd, '\n'), &a) &&
		    text_is(a.name, name)) {
			*ret = a;
			return true;
		}
	return false;
}

bool account_by_uid(struct text passwd, uint32_t uid, struct account *ret)
{
	struct account a;

	while (passwd.n)
		if (parse_account(cut(&passwd, '\n'), &a) && a.uid == uid) {
			*ret = a;
			return true;
		}
	return false;
}

/* name:password:gid:member,member */
static bool parse_group(struct text line, struct text *ret_name,
			uint32_t *ret_gid, struct text *ret_members)
{
	struct text f[4];

	if (!fields(line, f, ARRAY_SIZE(f)) || !f[0].n ||
	    id_parse(f[2], ret_gid) != 1)
		return false;
	*ret_name = f[0];
	*ret_members = f[3];
	return true;
}

bool group_by_name(struct text group, const char *name, uint32_t *ret_gid)
{
	struct text found, members;
	uint32_t gid;

	while (group.n)
		if (parse_group(cut(&group, '\n'), &found, &gid, &members) &&
		    text_is(found, name)) {
			*ret_gid = gid;
			return true;
		}
	return false;
}

size_t groups_of(struct text group, struct text member, uint32_t *ret,
		 size_t max)
{
	struct text name, members;
	size_t n = 0;
	uint32_t gid;

	while (group.n && n < max) {
		if (!parse_group(cut(&group, '\n'), &name, &gid, &members))
			continue;
		while (members.n)
			if (same(cut(&members, ','), member)) {
				ret[n++] = gid;
				break;
			}
	}
	return n;
}
