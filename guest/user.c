/* USER of an image; see user.h.  The rules are those of moby's
 * GetExecUser(), with numbers that are too large refused. */
#include "user.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"
#include "vc/buf.h"
#include "vc/util.h"

#define FILE_MAX (4u * 1024u * 1024u)

/* For messages: the specification is the image's. */
static int refuse(struct vc_error *err, const char *what, const char *spec,
		  const char *why)
{
	_cleanup_free_ char *clean = printable(spec, strlen(spec));

	return vc_fail(err, 0, "%s '%.100s': %s", what, clean, why);
}

static int find_account(const char *name, struct text passwd, struct user *u,
			struct text *ret_name, struct vc_error *err)
{
	struct text word = { name, strlen(name) };
	struct account a;
	uint32_t uid = 0;
	int number = *name ? id_parse(word, &uid) : 1;
	bool found;

	if (number < 0)
		return refuse(err, "user", name, "the number is out of range");
	found = number ? account_by_uid(passwd, uid, &a) :
			 account_by_name(passwd, name, &a);
	if (!found && !number)
		return refuse(err, "unable to find user", name,
			      "no matching entries in passwd file");
	*ret_name = found ? a.name : (struct text){ NULL, 0 };
	u->uid = found ? a.uid : uid;
	u->gid = found ? a.gid : 0;
	u->home = found && a.home.n ? xstrndup(a.home.p, a.home.n) :
				      xstrdup("/");
	return 0;
}

static int find_group(const char *name, struct text group, uint32_t *ret,
		      struct vc_error *err)
{
	int number = id_parse((struct text){ name, strlen(name) }, ret);

	if (number < 0)
		return refuse(err, "group", name, "the number is out of range");
	if (!number && !group_by_name(group, name, ret))
		return refuse(err, "unable to find group", name,
			      "no matching entries in group file");
	return 0;
}

static void find_groups(struct text group, struct text member, struct user *u)
{
	u->groups = xcalloc(USER_GROUPS_MAX, sizeof(*u->groups));
	u->n_groups = groups_of(group, member, u->groups, USER_GROUPS_MAX);
}

int user_find(const char *spec, struct text passwd, struct text group,
	      struct user *ret, struct vc_error *err)
{
	_cleanup_free_ char *name = xstrndup(spec, strcspn(spec, ":"));
	const char *colon = strchr(spec, ':');
	struct user u = { 0 };
	struct text member = { NULL, 0 };

	if (colon && strchr(colon + 1, ':'))
		return refuse(err, "user", spec, "not of the form user:group");
	if (find_account(name, passwd, &u, &member, err) < 0)
		return -1;
	if (colon && colon[1]) {
		if (find_group(colon + 1, group, &u.gid, err) < 0) {
			user_release(&u);
			return -1;
		}
	} else if (member.n) {
		find_groups(group, member, &u);
	}
	*ret = u;
	return 0;
}

int user_resolve(int root, const char *spec, struct user *ret,
		 struct vc_error *err)
{
	_cleanup_buf_ struct buf passwd = BUF_INIT, group = BUF_INIT;

	if (inside_read(root, "etc/passwd", FILE_MAX, &passwd, err) < 0 ||
	    inside_read(root, "etc/group", FILE_MAX, &group, err) < 0)
		return -1;
	return user_find(spec, (struct text){ buf_ptr(&passwd), passwd.len },
			 (struct text){ buf_ptr(&group), group.len }, ret, err);
}

void user_release(struct user *u)
{
	free(u->groups);
	free(u->home);
	*u = (struct user){ 0 };
}

int user_become(const struct user *u, struct vc_error *err)
{
	if (setgroups(u->n_groups, u->groups) < 0)
		return vc_fail(err, errno, "cannot set the groups");
	if (setresgid(u->gid, u->gid, u->gid) < 0)
		return vc_fail(err, errno, "cannot become group %u", u->gid);
	if (setresuid(u->uid, u->uid, u->uid) < 0)
		return vc_fail(err, errno, "cannot become user %u", u->uid);
	return 0;
}
