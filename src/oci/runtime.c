/* Reading the member "config" of a configuration. */
#include "runtime.h"

#include <stdlib.h>
#include <string.h>

#include "vc/log.h"
#include "vc/util.h"

/* Linux takes 128 KiB for one string of execve(); more cannot be run. */
#define MAX_TEXT (128u * 1024u - 1)
#define MAX_WORDS 4096
#define MAX_KEYS 1024

void image_runtime_release(struct image_runtime *r)
{
	strv_release(&r->entrypoint);
	strv_release(&r->cmd);
	strv_release(&r->env);
	free(r->user);
	free(r->workdir);
	free(r->stop_signal);
	*r = (struct image_runtime){ 0 };
}

static int take_list(struct json_object *o, const char *key, struct strv *ret,
		     struct vc_error *err)
{
	struct json_object *array;
	const char *s;

	if (jdoc_array(o, key, MAX_WORDS, &array, err) < 0)
		return -1;
	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		if (jdoc_bytes_at(array, i, MAX_TEXT, &s, err) < 0)
			return vc_wrap(err, "'%s'", key);
		strv_add(ret, s);
	}
	return 0;
}

/* Docker once wrote a single word as a string, and still reads that so
 * (moby api/types/strslice). */
static int take_words(struct json_object *o, const char *key, struct strv *ret,
		      struct vc_error *err)
{
	struct json_object *v = json_object_object_get(o, key);
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return take_list(o, key, ret, err);
	if (jdoc_bytes(o, key, MAX_TEXT, &s, err) < 0)
		return -1;
	strv_add(ret, s);
	return 0;
}

/* 'ENTRYPOINT [""]' is how Dockerfiles say that there is none. */
static int take_argv(struct json_object *o, struct image_runtime *r,
		     struct vc_error *err)
{
	const struct strv *first;

	if (take_words(o, "Entrypoint", &r->entrypoint, err) < 0 ||
	    take_words(o, "Cmd", &r->cmd, err) < 0)
		return -1;
	if (r->entrypoint.n == 1 && !*r->entrypoint.v[0])
		strv_release(&r->entrypoint);
	first = r->entrypoint.n ? &r->entrypoint : &r->cmd;
	if (first->n && !*first->v[0])
		return vc_fail(err, 0, "'%s' begins with an empty word: there "
				       "is no program of that name",
			       r->entrypoint.n ? "Entrypoint" : "Cmd");
	return 0;
}

/* What has no name cannot be in an environment; a value may be anything. */
static int take_env(struct json_object *o, struct image_runtime *r,
		    struct vc_error *err)
{
	size_t i = 0;

	if (take_list(o, "Env", &r->env, err) < 0)
		return -1;
	while (i < r->env.n) {
		const char *e = r->env.v[i];
		_cleanup_free_ char *shown = printable(e, strnlen(e, 100));

		if (*e != '=' && strchr(e, '=')) {
			i++;
			continue;
		}
		log_note("leaving out '%s' of the image's Env: it is no "
			 "'NAME=value'", shown);
		strv_remove(&r->env, i);
	}
	return 0;
}

static int take_user(struct json_object *o, struct image_runtime *r,
		     struct vc_error *err)
{
	const char *s;

	if (jdoc_bytes(o, "User", 512, &s, err) < 0 ||
	    (s && user_check(s, err) < 0))
		return -1;
	r->user = xstrdup(s ? s : "");
	return 0;
}

static int take_workdir(struct json_object *o, struct image_runtime *r,
			struct vc_error *err)
{
	const char *s;

	if (jdoc_bytes(o, "WorkingDir", 4095, &s, err) < 0)
		return -1;
	r->workdir = workdir_clean(s ? s : "", err);
	return r->workdir ? 0 : -1;
}

static int take_stop_signal(struct json_object *o, struct image_runtime *r,
			    struct vc_error *err)
{
	const char *s;

	if (jdoc_text(o, "StopSignal", &s, err) < 0)
		return -1;
	r->stop_signal = signal_name(s && *s ? s : "SIGTERM", err);
	return r->stop_signal ? 0 : -1;
}

/* {"/data": {}}, {"80/tcp": {}}: sets.  Nothing is made of them, so a path in
 * them reaches nowhere; they only must not be something else. */
static int check_set(struct json_object *o, const char *key,
		     struct vc_error *err)
{
	struct json_object *set;

	if (jdoc_object(o, key, &set, err) < 0)
		return -1;
	if (!set)
		return 0;
	if (json_object_object_length(set) > MAX_KEYS)
		return vc_fail(err, 0, "'%s' has %d entries, %d at most are "
				       "accepted", key,
			       json_object_object_length(set), MAX_KEYS);
	json_object_object_foreach(set, name, value) {
		(void)value;
		if (strlen(name) > 4095)
			return vc_fail(err, 0, "'%s' has an entry of %zu bytes",
				       key, strlen(name));
	}
	return 0;
}

static int take_all(struct json_object *o, struct image_runtime *r,
		    struct vc_error *err)
{
	return take_argv(o, r, err) < 0 || take_env(o, r, err) < 0 ||
	       take_user(o, r, err) < 0 || take_workdir(o, r, err) < 0 ||
	       take_stop_signal(o, r, err) < 0 ||
	       check_set(o, "Volumes", err) < 0 ||
	       check_set(o, "ExposedPorts", err) < 0 ? -1 : 0;
}

int runtime_parse(struct json_object *config, struct image_runtime *ret,
		  struct vc_error *err)
{
	_cleanup_json_ struct json_object *none = json_object_new_object();
	struct image_runtime r = { 0 };
	struct json_object *o = NULL;

	if (config && jdoc_object(config, "config", &o, err) < 0)
		return vc_wrap(err, "config");
	if (take_all(o ? o : none, &r, err) < 0) {
		image_runtime_release(&r);
		return vc_wrap(err, "config");
	}
	*ret = r;
	return 0;
}
