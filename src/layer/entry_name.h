/* Names of a layer's entries: cleaned, judged, and what kind they make. */
#ifndef LAYER_ENTRY_NAME_H
#define LAYER_ENTRY_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum entry_kind {
	ENTRY_OBJECT,   /* a file, directory, link, device... */
	ENTRY_LINK,     /* another name for one */
	ENTRY_WHITEOUT, /* ".wh.x" hides x of lower layers */
	ENTRY_OPAQUE,   /* ".wh..wh..opq" hides what is in its directory */
	ENTRY_IGNORED,  /* ".wh..wh.*": aufs' own */
};

/*
 * The name without '.', doubled, leading and trailing slashes: "" for the
 * root; owned by the caller.  NULL and *ret_why (static) when it is refused.
 * *ret_dir: it ended as only a directory's may.
 */
char *entry_name_clean(const char *name, bool strict, bool *ret_dir,
		       const char **ret_why);
/*
 * Of a clean name, which becomes what a whiteout is about.  -1 and *ret_why
 * when it is none of the five.
 */
int entry_name_kind(char *name, enum entry_kind *ret, const char **ret_why);

#endif
