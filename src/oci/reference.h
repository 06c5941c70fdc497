/*
 * Image names as docker reads them: "[host[:port]/]path[:tag][@digest]".
 * Grammar: github.com/distribution/reference, reference.go.
 */
#ifndef OCI_REFERENCE_H
#define OCI_REFERENCE_H

#include <stdbool.h>

#include "vc/error.h"

struct reference {
	char *name;   /* owned: "host:5000/path" */
	char *tag;    /* owned; NULL: none */
	char *digest; /* owned; NULL: none */
};

int reference_parse(const char *text, struct reference *ret,
		    struct vc_error *err);
void reference_release(struct reference *r);
#define _cleanup_reference_ __attribute__((cleanup(reference_release)))

/* "x" is a valid tag. */
bool reference_is_tag(const char *s);
/*
 * `text` as "name:tag" (":latest" when it has no tag; a digest is left away),
 * owned by the caller; NULL on failure.
 */
char *reference_tagged(const char *text, struct vc_error *err);

#endif
