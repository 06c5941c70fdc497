/* What the files of src/cli share; nobody else includes it. */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include "vc/error.h"
#include "vc/settings.h"

/*
 * Value of $<PREFIX>_<what> ("ARCH"), and after it of the $VXN_<what> that
 * the three tools share; an empty one counts as unset.  *ret_name is owned by
 * the caller and set when a value is returned.
 */
const char *tool_env(const struct tool *t, const char *what, char **ret_name);
/* The same without the shared one. */
const char *tool_own_env(const struct tool *t, const char *what);

/* $HOME, else the user database. Owned by the caller, NULL on failure. */
char *dir_home(struct vc_error *err);
/* Absolute, without trailing slashes. Owned by the caller, NULL on failure. */
char *dir_absolute(const char *path, struct vc_error *err);

/* Each fills its part of the settings. */
int resolve_config_dir(struct settings *s, struct vc_error *err);
int resolve_arch(struct settings *s, const char *argv0, struct vc_error *err);
int resolve_state_dir(struct settings *s, struct vc_error *err);

/* A Unix socket's path must fit sockaddr_un. */
int check_socket_path(const char *state_dir, struct vc_error *err);
/*
 * Makes `path` and its parents (0700), or checks an existing one: a real
 * directory of ours that nobody else can write to.
 */
int make_private_dir(const char *path, struct vc_error *err);
/* --stateless: removes leftovers below state_base, makes a fresh state_dir. */
int stateless_make(struct settings *s, struct vc_error *err);
/* Removes it unless a VM lives in it. */
void stateless_release(struct settings *s);

#endif
