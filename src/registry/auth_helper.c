/*
 * Credential helpers: docker-credential-NAME, which keep secrets elsewhere
 * (github.com/docker/docker-credential-helpers).  The server's name goes in
 * by stdin and a JSON object comes out; secrets are in no argv.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include "credentials.h"
#include "oci/json.h"
#include "vc/io.h"
#include "vc/spawn.h"
#include "vc/util.h"

#define MAX_ANSWER (1u << 20)
#define DEADLINE_MS 120000 /* it may ask the user for a passphrase */

extern char **environ;

/* A file instead of a pipe: a helper that does not read it harms nobody. */
static int question(const char *host, struct vc_error *err)
{
	/* the key that "docker login" has always used for Docker Hub */
	const char *server = strcmp(host, "docker.io") ?
				     host : "https://index.docker.io/v1/";
	_cleanup_close_ int fd = memfd_create("server", MFD_CLOEXEC);

	if (fd < 0)
		return vc_fail(err, errno, "cannot create a file in memory");
	if (write_all(fd, server, strlen(server), err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return vc_fail(err, errno, "cannot seek");
	return steal_fd(&fd);
}

static int start(const char *program, int in, int out, pid_t *ret,
		 struct vc_error *err)
{
	char *argv[] = { (char *)program, (char *)"get", NULL };
	posix_spawn_file_actions_t fa;
	int r;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in, 0);
	posix_spawn_file_actions_adddup2(&fa, out, 1);
	r = posix_spawn(ret, program, &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (r)
		return vc_fail(err, r, "cannot run '%s'", program);
	return 0;
}

/* Until it closes its output. */
static int read_answer(int fd, struct buf *b, struct vc_error *err)
{
	int64_t deadline = now_ms() + DEADLINE_MS;
	char chunk[4096];
	ssize_t n;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - now_ms();

		if (left <= 0)
			return vc_fail(err, 0, "it gave no answer within %d "
					       "seconds", DEADLINE_MS / 1000);
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vc_fail(err, errno, "cannot read its answer");
		if (n == 0)
			return 0;
		if (b->len + (size_t)n > MAX_ANSWER)
			return vc_fail(err, 0, "its answer is too long");
		buf_add(b, chunk, (size_t)n);
	}
}

static int take_answer(const struct buf *b, struct credentials *ret,
		       struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = jdoc_parse(buf_ptr(b), b->len,
							  err);
	const char *user, *secret;

	if (!o || jdoc_text(o, "Username", &user, err) < 0 ||
	    jdoc_text(o, "Secret", &secret, err) < 0)
		return -1;
	if (!user || !secret)
		return vc_fail(err, 0, "its answer has no Username and Secret");
	if (!strcmp(user, "<token>")) {
		ret->identity_token = xstrdup(secret);
	} else if (*user) {
		ret->user = xstrdup(user);
		ret->password = xstrdup(secret);
	}
	return 0;
}

/* Its words for "I do not know that server" are fixed by the protocol. */
static int understand(struct buf *answer, int status, struct credentials *ret,
		      struct vc_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return take_answer(answer, ret, err);
	buf_add(answer, "", 1);
	answer->len--;
	if (strstr(buf_ptr(answer), "credentials not found"))
		return 0;
	text = printable(buf_ptr(answer), strcspn(buf_ptr(answer), "\n"));
	return vc_fail(err, 0, "it failed: %.200s", text);
}

static int ask(const char *program, const char *host, struct credentials *ret,
	       struct vc_error *err)
{
	_cleanup_buf_ struct buf answer = BUF_INIT;
	_cleanup_close_ int in = question(host, err);
	int fds[2], r, status = 0;
	pid_t pid;

	if (in < 0)
		return -1;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return vc_fail(err, errno, "cannot create a pipe");
	r = start(program, in, fds[1], &pid, err);
	close(fds[1]);
	if (r == 0) {
		r = read_answer(fds[0], &answer, err);
		if (r < 0)
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(fds[0]);
	if (r == 0)
		r = understand(&answer, status, ret, err);
	if (answer.data)
		explicit_bzero(answer.data, answer.cap);
	return r;
}

int credentials_from_helper(const char *helper, const char *host,
			    struct credentials *ret, struct vc_error *err)
{
	_cleanup_free_ char *name = xasprintf("docker-credential-%s", helper);
	_cleanup_free_ char *program = NULL;

	/* a name from a file, not a path */
	if (strlen(helper) != strspn(helper, "abcdefghijklmnopqrstuvwxyz"
					     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789._-"))
		return vc_fail(err, 0, "the credential helper's name is not "
				       "made of letters, digits and '._-'");
	program = find_program(name, "golang-docker-credential-helpers", err);
	if (!program)
		return -1;
	if (ask(program, host, ret, err) < 0)
		return vc_wrap(err, "credential helper '%s'", name);
	return 0;
}
