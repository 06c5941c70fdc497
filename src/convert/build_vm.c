/*
 * The build in our own VM, whose dockerd has BuildKit: nothing but QEMU is
 * needed, and what RUN starts is of the image's architecture.
 *
 * An instance of its own, "build-<arch>", keeps BuildKit's cache and what was
 * pulled, apart from the user's containers.  Its VM is there for the build
 * only; one that was started with "memres start" is used and stays.
 */
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "convert/build.h"
#include "vc/engine.h"
#include "vc/log.h"
#include "vc/util.h"

/* A name of our own holds the image until it is saved: two builds that come
 * to the same image must not take it from each other. */
static char *random_tag(void)
{
	uint64_t n = 0;

	if (getrandom(&n, sizeof(n), 0) != sizeof(n))
		vc_oom(); /* cannot be for so few bytes: getrandom(2) */
	return xasprintf("vcontainer-build:%016llx", (unsigned long long)n);
}

static int resolve(const struct dockerfile_build *b, struct settings *s,
		   struct vc_error *err)
{
	s->tool = &tool_vdkr;
	s->opt_arch = xstrdup(b->arch);
	s->opt_instance = xasprintf("build-%s", b->arch);
	s->opt_blob_dir = b->our_guest ? xstrdup(b->our_guest) : NULL;
	s->no_daemon = true;
	if (settings_resolve(s, s->tool->name, err) < 0)
		return -1;
	if (settings_guest_dir(s, err) < 0) {
		err->status = CONVERT_EXIT_GUEST;
		return -1;
	}
	return 0;
}

static void add_each(struct strv *argv, const char *option,
		     const struct strv *values)
{
	for (size_t i = 0; values && i < values->n; i++) {
		strv_add(argv, option);
		strv_add(argv, values->v[i]);
	}
}

static int build(struct engine_session *e, const struct dockerfile_build *b,
		 const char *tag, struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	int r;

	strv_add_all(&argv, (char *[]){ "build", "--platform", NULL });
	strv_addf(&argv, "linux/%s", arch_oci(b->arch));
	strv_add_all(&argv, (char *[]){ "--tag", (char *)tag, "--file", (char *)b->file,
					NULL });
	if (b->target)
		strv_add_all(&argv, (char *[]){ "--target", (char *)b->target, NULL });
	add_each(&argv, "--build-arg", b->build_args);
	add_each(&argv, "--secret", b->secrets);
	strv_add(&argv, b->context);
	r = engine_session_run(e, (int)argv.n, argv.v, err);
	if (r > 0)
		return vc_fail(err, 0, "the build in the VM ended with status %d: see its "
			       "words above", r);
	return r;
}

/* By its ID: a name would be in the archive, another one each time. */
static int find_id(struct engine_session *e, const char *tag, char **ret,
		   struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;

	strv_add_all(&argv, (char *[]){ "docker", "image", "inspect", "--format", "{{.Id}}",
					(char *)tag, NULL });
	if (vm_exec_collect(e->vm, &argv, 4096, &out, err) < 0)
		return -1;
	buf_add(&out, "", 0);
	*ret = xstrndup(buf_ptr(&out), strcspn(buf_ptr(&out), "\n"));
	return 0;
}

static int save(struct engine_session *e, const char *tag, const char *dest,
		struct vc_error *err)
{
	_cleanup_free_ char *id = NULL;
	char *argv[] = { "save", "--output", (char *)dest, NULL };
	int r;

	if (find_id(e, tag, &id, err) < 0)
		return -1;
	argv[3] = id;
	r = engine_session_run(e, 4, argv, err);
	if (r > 0)
		return vc_fail(err, 0, "the VM could not save the image: status %d", r);
	return r;
}

/* The image goes with its last name; BuildKit's cache stays. */
static void untag(struct engine_session *e, const char *tag)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_error_ struct vc_error err = { 0 };

	strv_add_all(&argv, (char *[]){ "docker", "rmi", (char *)tag, NULL });
	if (vm_exec_collect(e->vm, &argv, 65536, &out, &err) < 0)
		log_verbose("%s", err.msg);
}

int build_in_vm(const struct dockerfile_build *b, const char *dest,
		struct vc_error *err)
{
	_cleanup_free_ char *tag = random_tag();
	struct settings s = { 0 };
	struct engine_session e = { .s = &s, .out_fd = STDERR_FILENO };
	int r = resolve(b, &s, err);

	if (r == 0)
		r = build(&e, b, tag, err);
	if (r == 0) {
		r = save(&e, tag, dest, err);
		untag(&e, tag);
	}
	vm_free(e.vm);
	settings_release(&s);
	return r;
}
