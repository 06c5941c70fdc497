/*
 * Names.  image-spec annotations.md lets org.opencontainers.image.ref.name be
 * a bare tag or a full reference, and tools write either; docker's RepoTags
 * are references.  A name that is neither is not believed, and not fatal.
 */
#include "names.h"

#include <string.h>

#include "digest.h"
#include "reference.h"
#include "vc/util.h"

/* A ':' or '/' makes a reference; a single word is a tag (skopeo, umoci). */
static bool is_bare_tag(const char *own)
{
	return !strpbrk(own, ":/@") && reference_is_tag(own);
}

char *image_name(const char *own, const struct image_choice *choice,
		 struct vc_error *err)
{
	_cleanup_reference_ struct reference fallback = { 0 };
	_cleanup_error_ struct vc_error ignored = { 0 };
	const char *last = choice->fallback_name ? choice->fallback_name :
						   "imported:latest";
	char *name;

	if (choice->name)
		return reference_tagged(choice->name, err);
	if (own && !is_bare_tag(own)) {
		name = reference_tagged(own, &ignored);
		if (name)
			return name;
	}
	if (reference_parse(last, &fallback, err) < 0)
		return NULL;
	if (own && is_bare_tag(own))
		return xasprintf("%s:%s", fallback.name, own);
	return xasprintf("%s:%s", fallback.name,
			 fallback.tag ? fallback.tag : "latest");
}

bool image_name_matches(const char *own, const char *tag)
{
	_cleanup_reference_ struct reference r = { 0 };
	_cleanup_error_ struct vc_error ignored = { 0 };

	if (!own)
		return false;
	if (!strcmp(own, tag))
		return true;
	return !is_bare_tag(own) && reference_parse(own, &r, &ignored) == 0 &&
	       r.tag && !strcmp(r.tag, tag);
}

char *image_title(const char *own, const char *label)
{
	return own ? xasprintf("image '%s'", own) : xasprintf("'%s'", label);
}

bool tag_is_digest(const char *tag)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	struct digest d;

	return digest_parse(tag, &d, &ignored) == 0;
}

int check_count(const struct image_choice *choice, const char *label,
		bool is_dir, size_t n, const char *all, struct vc_error *err)
{
	if (!n)
		return vc_fail(err, 0, "'%s' holds no image '%s', but: %s",
			       label, choice->tag ? choice->tag : "", all);
	if (n > 1 && (choice->one || choice->tag || choice->name))
		return vc_fail(err, 0, "'%s' holds several images (%s): choose "
				       "one with '%s%s:TAG'", label, all,
			       choice->one && is_dir ? "--oci-layout " : "",
			       label);
	return 0;
}
