/*
 * Parsing.  json-c, even strict, keeps the last of two equal keys; other
 * readers keep the first, so a document with both means two things
 * (CVE-2021-41190 is such a case).  In valid JSON every ':' outside a string
 * is one member: if the tree has fewer members than the text has such colons,
 * a key was there twice, however it was spelled.
 */
#include <string.h>
#include <sys/types.h>

#include "json.h"
#include "vc/util.h"

void jdoc_cleanup(struct json_object **o)
{
	json_object_put(*o);
}

/*
 * -1 when there is a single quote outside a string: json-c takes 'key' even
 * when strict, and we would lose track of what is a string.
 */
static ssize_t count_colons(const char *p, size_t len)
{
	bool in_string = false;
	ssize_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (in_string && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			in_string = !in_string;
		else if (!in_string && p[i] == '\'')
			return -1;
		else if (!in_string && p[i] == ':')
			n++;
	}
	return n;
}

/* The depth was bounded by the parser. */
static ssize_t count_members(struct json_object *o)
{
	ssize_t n = 0;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value) {
			(void)key;
			n += 1 + count_members(value);
		}
	}
	return n;
}

static bool only_blanks(const char *p, size_t len)
{
	for (; len; p++, len--)
		if (!strchr(" \t\r\n", *p) || !*p)
			return false;
	return true;
}

static struct json_object *parse(const char *data, size_t len,
				 struct vc_error *err)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_MAX_DEPTH);
	_cleanup_json_ struct json_object *o = NULL;
	enum json_tokener_error e;
	size_t end;

	if (!tok)
		vc_oom();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
					    JSON_TOKENER_VALIDATE_UTF8 |
					    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	o = json_tokener_parse_ex(tok, data, (int)len);
	e = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (e == json_tokener_continue)
		vc_fail(err, 0, "the JSON is cut off");
	else if (e != json_tokener_success)
		vc_fail(err, 0, "not valid JSON: %s at byte %zu",
			json_tokener_error_desc(e), end);
	else if (!only_blanks(data + end, len - end))
		vc_fail(err, 0, "not valid JSON: something follows it");
	else if (!json_object_is_type(o, json_type_object) &&
		 !json_object_is_type(o, json_type_array))
		vc_fail(err, 0, "not a JSON object");
	else
		return steal_ptr(o);
	return NULL;
}

struct json_object *jdoc_parse(const char *data, size_t len,
			       struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	ssize_t colons;

	if (len > JSON_MAX_SIZE) {
		vc_fail(err, 0, "a document of more than %u bytes",
			JSON_MAX_SIZE);
		return NULL;
	}
	colons = count_colons(data, len);
	if (colons < 0) {
		vc_fail(err, 0, "not valid JSON: a single quote");
		return NULL;
	}
	o = parse(data, len, err);
	if (!o)
		return NULL;
	if (count_members(o) != colons) {
		vc_fail(err, 0, "a key occurs twice in the JSON");
		return NULL;
	}
	return steal_ptr(o);
}
