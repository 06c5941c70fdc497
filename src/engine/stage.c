/* Staging: tar one way, the bytes of a file the other way. */
#include "engine/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/layer.h"
#include "vc/log.h"
#include "vc/util.h"

#define FILE_MAX (16u * 1024u * 1024u)

void stage_init(struct stage *s)
{
	uint8_t random[16];

	*s = (struct stage){ 0 };
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		abort(); /* cannot be for so few bytes: getrandom(2) */
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(s->id + 2 * i, 3, "%02x", random[i]);
}

void stage_release(struct stage *s)
{
	buf_release(&s->small);
	for (size_t i = 0; i < s->n_outs; i++) {
		free(s->outs[i].guest);
		free(s->outs[i].host);
	}
	free(s->outs);
	*s = (struct stage){ 0 };
}

static void add_member(struct stage *s, const char *name, char type,
		       const void *data, size_t len)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", s->id, name);
	struct tar_entry e = { .name = path, .type = type, .size = len,
			       .mode = type == '5' ? 0700 : 0600 };

	tar_put_header(&s->small, &e);
	buf_add(&s->small, data, len);
	tar_put_zeros(&s->small, tar_padding(len));
}

static char *use(struct stage *s, const char *name)
{
	if (!s->used)
		add_member(s, "", '5', NULL, 0);
	s->used = true;
	return xasprintf("%s/%s/%s", STAGE_SMALL, s->id, name);
}

void stage_add_bytes(struct stage *s, const void *data, size_t len,
		     const char *name, char **ret_guest)
{
	*ret_guest = use(s, name);
	add_member(s, name, '0', data, len);
}

int stage_add_file(struct stage *s, const char *host, const char *name,
		   char **ret_guest, struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (read_file_at(AT_FDCWD, host, FILE_MAX, &b, err) < 0)
		return -1;
	stage_add_bytes(s, b.len ? buf_ptr(&b) : "", b.len, name, ret_guest);
	return 0;
}

void stage_expect(struct stage *s, const char *name, const char *host,
		  char **ret_guest)
{
	*ret_guest = use(s, name);
	s->outs = xrealloc(s->outs, (s->n_outs + 1) * sizeof(*s->outs));
	s->outs[s->n_outs++] = (struct stage_out){ xstrdup(*ret_guest),
						   xstrdup(host) };
}

/* Unpacks a tar below `dir`; the guest's tar, its words as the error. */
static int unpack(struct vm *vm, struct byte_source *tar, const char *dir,
		  struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT, env = STRV_INIT;
	struct vm_exec x = VM_EXEC_INIT;
	int status;

	strv_add_all(&argv, (char *[]){ "tar", "-x", "-p", "-C", NULL });
	strv_add(&argv, dir);
	/* links as they come, not after all else: the tar is ours and puts
	 * nothing below a link (busybox's tar) */
	strv_add(&env, "EXTRACT_UNSAFE_SYMLINKS=1");
	x.argv = argv;
	x.env = env;
	x.in = tar;
	x.err_fd = STDERR_FILENO;
	/* a user who has enough of it leaves nothing in the guest */
	x.relay_signals = true;
	if (vm_exec(vm, &x, &status, err) < 0)
		return vc_wrap(err, "cannot send files to the VM");
	if (status)
		return vc_fail(err, 0, "cannot send files to the VM: its tar ended with "
			       "status %d", status);
	return 0;
}

int stage_send(struct stage *s, struct vm *vm, struct vc_error *err)
{
	struct parts *p;
	struct byte_source *tar;
	int r;

	if (!s->small.len)
		return 0;
	tar_put_zeros(&s->small, (size_t)2 * TAR_BLOCK);
	p = parts_new();
	parts_add_bytes(p, &s->small);
	tar = parts_source(p);
	r = unpack(vm, tar, STAGE_SMALL, err);
	tar->free(tar);
	return r;
}

int stage_make_large(struct stage *s, struct vm *vm, char **ret_dir,
		     struct vc_error *err)
{
	_cleanup_free_ char *dir = xasprintf("%s/%s", STAGE_LARGE, s->id);
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;

	strv_add_all(&argv, (char *[]){ "mkdir", "-m", "0700", dir, NULL });
	s->large_used = true;
	if (vm_exec_collect(vm, &argv, 4096, &out, err) < 0)
		return -1;
	*ret_dir = steal_ptr(dir);
	return 0;
}

int stage_send_tree(struct stage *s, struct vm *vm, struct byte_source *tar,
		    char **ret_dir, struct vc_error *err)
{
	_cleanup_free_ char *dir = NULL;

	if (stage_make_large(s, vm, &dir, err) < 0 ||
	    unpack(vm, tar, dir, err) < 0)
		return -1;
	*ret_dir = steal_ptr(dir);
	return 0;
}

/* The command may not have come so far as to write it: then there is none. */
static int collect_one(const struct stage_out *o, struct vm *vm,
		       struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_error_ struct vc_error missing = { 0 };

	strv_add_all(&argv, (char *[]){ "cat", o->guest, NULL });
	if (vm_exec_collect(vm, &argv, FILE_MAX, &b, &missing) < 0) {
		log_verbose("no '%s': %s", o->host, missing.msg);
		return 0;
	}
	return write_file_at(AT_FDCWD, o->host, 0644, b.len ? buf_ptr(&b) : "",
			     b.len, err);
}

int stage_collect(struct stage *s, struct vm *vm, struct vc_error *err)
{
	for (size_t i = 0; i < s->n_outs; i++)
		if (collect_one(&s->outs[i], vm, err) < 0)
			return -1;
	return 0;
}

void stage_remove(struct stage *s, struct vm *vm)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_error_ struct vc_error err = { 0 };

	if (!s->used && !s->large_used)
		return;
	strv_add_all(&argv, (char *[]){ "rm", "-rf", "--", NULL });
	if (s->used)
		strv_addf(&argv, "%s/%s", STAGE_SMALL, s->id);
	if (s->large_used)
		strv_addf(&argv, "%s/%s", STAGE_LARGE, s->id);
	if (vm_exec_collect(vm, &argv, 4096, &out, &err) < 0)
		log_verbose("%s", err.msg);
}
