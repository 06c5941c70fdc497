/* Taking members out of documents. */
#include "json.h"

#include <string.h>

#include "vc/util.h"

static int member(struct json_object *o, const char *key, enum json_type type,
		  struct json_object **ret, struct vc_error *err)
{
	struct json_object *v = NULL;

	if (!json_object_object_get_ex(o, key, &v) || !v) {
		*ret = NULL;
		return 0;
	}
	if (!json_object_is_type(v, type))
		return vc_fail(err, 0, "'%s' is of type %s, not %s", key,
			       json_type_to_name(json_object_get_type(v)),
			       json_type_to_name(type));
	*ret = v;
	return 0;
}

/* All we take as text (digests, media types, names, architectures) is ASCII
 * without control characters; checked here, it can be shown anywhere. */
static int text_of(struct json_object *v, const char *what, const char **ret,
		   struct vc_error *err)
{
	const char *s = json_object_get_string(v);
	size_t len = (size_t)json_object_get_string_len(v);
	_cleanup_free_ char *clean = printable(s, len);

	if (strlen(s) != len || strcmp(s, clean) || strpbrk(s, "\n\t"))
		return vc_fail(err, 0, "'%s' has characters that are not "
				       "printable ASCII", what);
	*ret = s;
	return 0;
}

static int bytes_of(struct json_object *v, const char *what, size_t max,
		    const char **ret, struct vc_error *err)
{
	const char *s = json_object_get_string(v);
	size_t len = (size_t)json_object_get_string_len(v);

	if (strlen(s) != len)
		return vc_fail(err, 0, "'%s' has a NUL in it", what);
	if (len > max)
		return vc_fail(err, 0, "'%s' is %zu bytes long, %zu at most are "
				       "accepted", what, len, max);
	*ret = s;
	return 0;
}

int jdoc_text(struct json_object *o, const char *key, const char **ret,
	      struct vc_error *err)
{
	struct json_object *v = NULL;

	if (member(o, key, json_type_string, &v, err) < 0)
		return -1;
	if (v)
		return text_of(v, key, ret, err);
	*ret = NULL;
	return 0;
}

int jdoc_object(struct json_object *o, const char *key,
		struct json_object **ret, struct vc_error *err)
{
	return member(o, key, json_type_object, ret, err);
}

int jdoc_array(struct json_object *o, const char *key, size_t max,
	       struct json_object **ret, struct vc_error *err)
{
	struct json_object *v = NULL;

	if (member(o, key, json_type_array, &v, err) < 0)
		return -1;
	if (v && json_object_array_length(v) > max)
		return vc_fail(err, 0, "'%s' has %zu entries, %zu at most are "
				       "accepted",
			       key, json_object_array_length(v), max);
	*ret = v;
	return 0;
}

int jdoc_size(struct json_object *o, const char *key, uint64_t *ret,
	      struct vc_error *err)
{
	struct json_object *v = NULL;
	int64_t n;

	if (member(o, key, json_type_int, &v, err) < 0)
		return -1;
	n = v ? json_object_get_int64(v) : -1;
	if (n < 0)
		return vc_fail(err, 0, v ? "'%s' is negative" :
					   "'%s' is missing", key);
	*ret = (uint64_t)n;
	return 0;
}

bool jdoc_has(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && v;
}

static int element(struct json_object *array, size_t i, enum json_type type,
		   struct json_object **ret, struct vc_error *err)
{
	*ret = json_object_array_get_idx(array, i);
	if (json_object_is_type(*ret, type))
		return 0;
	return vc_fail(err, 0, "entry %zu is of type %s, not %s", i + 1,
		       json_type_to_name(json_object_get_type(*ret)),
		       json_type_to_name(type));
}

int jdoc_text_at(struct json_object *array, size_t i, const char **ret,
		 struct vc_error *err)
{
	struct json_object *v;

	if (element(array, i, json_type_string, &v, err) < 0)
		return -1;
	return text_of(v, "an entry", ret, err);
}

int jdoc_object_at(struct json_object *array, size_t i,
		   struct json_object **ret, struct vc_error *err)
{
	return element(array, i, json_type_object, ret, err);
}

int jdoc_bytes(struct json_object *o, const char *key, size_t max,
	       const char **ret, struct vc_error *err)
{
	struct json_object *v = NULL;

	if (member(o, key, json_type_string, &v, err) < 0)
		return -1;
	if (v)
		return bytes_of(v, key, max, ret, err);
	*ret = NULL;
	return 0;
}

int jdoc_bytes_at(struct json_object *array, size_t i, size_t max,
		  const char **ret, struct vc_error *err)
{
	struct json_object *v;

	if (element(array, i, json_type_string, &v, err) < 0)
		return -1;
	return bytes_of(v, "an entry", max, ret, err);
}

int jdoc_check_key(const char *key, struct vc_error *err)
{
	_cleanup_free_ char *clean = printable(key, strlen(key));

	if (strcmp(key, clean) || strpbrk(key, "\n\t"))
		return vc_fail(err, 0, "the key '%s' has characters that are "
				       "not printable ASCII", clean);
	return 0;
}
