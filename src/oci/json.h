/*
 * JSON documents from images: hostile, so strictly JSON (RFC 8259), bounded
 * in size and depth, no key twice, printable ASCII in the strings we use.
 * What a member may be is checked when it is taken out.
 */
#ifndef OCI_JSON_H
#define OCI_JSON_H

#include <json.h>
#include <stdbool.h>
#include <stdint.h>

#include "vc/error.h"

/* What distribution and the engines accept of a manifest. */
#define JSON_MAX_SIZE (4u << 20)
#define JSON_MAX_DEPTH 32

#define _cleanup_json_ __attribute__((cleanup(jdoc_cleanup)))
void jdoc_cleanup(struct json_object **o);

/* An object or an array; NULL on failure. */
struct json_object *jdoc_parse(const char *data, size_t len,
			       struct vc_error *err);

/* Members; absent and null: 0 and *ret NULL.  Borrowed from o. */
int jdoc_text(struct json_object *o, const char *key, const char **ret,
	      struct vc_error *err);
int jdoc_object(struct json_object *o, const char *key,
		struct json_object **ret, struct vc_error *err);
int jdoc_array(struct json_object *o, const char *key, size_t max,
	       struct json_object **ret, struct vc_error *err);
/* A number from 0 that must be there. */
int jdoc_size(struct json_object *o, const char *key, uint64_t *ret,
	      struct vc_error *err);
bool jdoc_has(struct json_object *o, const char *key);
/* The n-th element as text or object. */
int jdoc_text_at(struct json_object *array, size_t i, const char **ret,
		 struct vc_error *err);
int jdoc_object_at(struct json_object *array, size_t i,
		   struct json_object **ret, struct vc_error *err);
/* Text for a process of the image, not for ours: any UTF-8 of at most max
 * bytes, without a NUL.  Not to be shown as it is. */
int jdoc_bytes(struct json_object *o, const char *key, size_t max,
	       const char **ret, struct vc_error *err);
int jdoc_bytes_at(struct json_object *array, size_t i, size_t max,
		  const char **ret, struct vc_error *err);
/* That a key, which is foreign where it is a name, can be shown. */
int jdoc_check_key(const char *key, struct vc_error *err);

#endif
