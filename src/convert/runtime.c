/* What is run in the end: the image's config and what the user says of it. */
#include <stdlib.h>
#include <string.h>

#include "convert_private.h"
#include "oci/json.h"
#include "vc/util.h"

#define MAX_WORDS 4096

static int parse_words(const char *option, const char *text, struct strv *ret,
		       struct vc_error *err)
{
	_cleanup_json_ struct json_object *o =
		jdoc_parse(text, strlen(text), err);

	if (!o || !json_object_is_type(o, json_type_array) ||
	    json_object_array_length(o) > MAX_WORDS)
		goto bad;
	strv_release(ret);
	for (size_t i = 0; i < json_object_array_length(o); i++) {
		struct json_object *s = json_object_array_get_idx(o, i);

		if (!json_object_is_type(s, json_type_string))
			goto bad;
		strv_add(ret, json_object_get_string(s));
	}
	return 0;
bad:
	vc_error_release(err);
	return vc_fail_usage(err, "%s takes a JSON array of strings, as "
			     "[\"/bin/sh\", \"-c\"]", option);
}

static void set_env(struct strv *env, const char *pair)
{
	size_t n = strcspn(pair, "=");

	for (size_t i = 0; i < env->n; i++)
		if (!strncmp(env->v[i], pair, n) && env->v[i][n] == '=') {
			strv_set(env, i, xstrdup(pair));
			return;
		}
	strv_add(env, pair);
}

static void replace(char **s, const char *with)
{
	free(*s);
	*s = xstrdup(with);
}

static void drop_unwanted(const struct customise *x, struct image_runtime *r)
{
	if (!x->apply_env)
		strv_release(&r->env);
	if (!x->apply_workdir)
		replace(&r->workdir, "/");
	if (!x->apply_user)
		replace(&r->user, "");
	if (x->apply_entrypoint)
		return;
	strv_release(&r->entrypoint);
	strv_release(&r->cmd);
}

int customise_runtime(const struct convert *c, struct image_runtime *r,
		      struct vc_error *err)
{
	const struct customise *x = &c->customise;

	drop_unwanted(x, r);
	for (size_t i = 0; x->env && i < x->env->n; i++) {
		if (x->env->v[i][0] == '=' || !strchr(x->env->v[i], '='))
			return vc_fail_usage(err, "--env '%s' is not "
					     "NAME=VALUE", x->env->v[i]);
		set_env(&r->env, x->env->v[i]);
	}
	if (x->user)
		replace(&r->user, x->user);
	if (x->workdir && *x->workdir != '/')
		return vc_fail_usage(err, "--workdir '%s' is not an absolute "
				     "path", x->workdir);
	if (x->workdir)
		replace(&r->workdir, x->workdir);
	if (x->entrypoint) {
		/* as docker: another entrypoint does not get the image's cmd */
		strv_release(&r->cmd);
		if (parse_words("--entrypoint", x->entrypoint, &r->entrypoint,
				err) < 0)
			return -1;
	}
	if (x->cmd && parse_words("--cmd", x->cmd, &r->cmd, err) < 0)
		return -1;
	return 0;
}
