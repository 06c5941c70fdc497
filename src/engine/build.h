/* build: its options and its context. */
#ifndef ENGINE_BUILD_H
#define ENGINE_BUILD_H

#include "engine/call.h"
#include "engine/dockerignore.h"
#include "vc/source.h"

enum build_kind {
	BUILD_DIRECTORY,
	BUILD_STDIN,  /* "-" */
	BUILD_REMOTE, /* a URL */
};

struct build_context {
	enum build_kind kind;
	char *path; /* BUILD_DIRECTORY: absolute, links resolved */
	bool file_from_stdin; /* "-f -" */
	char *ignore_path;    /* NULL: nothing is left out */
	struct dockerignore ignore;
};

void build_context_release(struct build_context *c);
/* Finds the context and its Dockerfile, which is staged if -f names it. */
int build_context_find(struct build_context *c, struct engine_call *call,
		       struct vc_error *err);
/* The directory as a tar; borrows c. */
int build_context_tar(struct build_context *c, struct byte_source **ret,
		      struct vc_error *err);

/* Options that name files of the host: staged and rewritten, or refused. */
int build_options(struct engine_call *call, struct vc_error *err);
bool build_is_remote(const char *s);

#endif
