/*
 * The engines' configuration files.  Registries are words of the user's: they
 * are checked, and then need no quoting in either format.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine.h"
#include "vc/io.h"
#include "vc/util.h"

#define REGISTRY_LEN_MAX 300

static int check(const struct strv *registries, struct vc_error *err)
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._:-[]";

	for (size_t i = 0; i < registries->n; i++) {
		const char *r = registries->v[i];
		size_t n = strlen(r);

		if (!n || n > REGISTRY_LEN_MAX || n != strspn(r, valid))
			return vc_fail(err, 0,
				       "'%.100s' is no HOST:PORT of a registry",
				       r);
	}
	return 0;
}

static void docker_json(const struct strv *registries, struct buf *b)
{
	buf_add_str(b, "{\n"
		       "  \"storage-driver\": \"overlay2\",\n"
		       "  \"log-driver\": \"json-file\",\n"
		       "  \"live-restore\": false,\n"
		       "  \"shutdown-timeout\": 8,\n"
		       "  \"exec-opts\": [\"native.cgroupdriver=cgroupfs\"],\n"
		       "  \"runtimes\": "
		       "{ \"crun\": { \"path\": \"/usr/bin/crun\" } },\n"
		       "  \"insecure-registries\": [");
	for (size_t i = 0; i < registries->n; i++)
		buf_printf(b, "%s\"%s\"", i ? ", " : "", registries->v[i]);
	buf_add_str(b, "]\n}\n");
}

static void podman_toml(const struct strv *registries, struct buf *b)
{
	for (size_t i = 0; i < registries->n; i++)
		buf_printf(b,
			   "[[registry]]\n"
			   "location = \"%s\"\n"
			   "insecure = true\n",
			   registries->v[i]);
}

static int write_config(const char *dir, const char *name, const struct buf *b,
			struct vc_error *err)
{
	_cleanup_close_ int fd = -1;

	if (make_dirs(dir, 0755, err) < 0)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", dir);
	return write_file_at(fd, name, 0644, b->len ? buf_ptr(b) : "", b->len,
			     err);
}

int registries_write(enum engine_kind kind, const struct strv *registries,
		     struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (check(registries, err) < 0)
		return -1;
	switch (kind) {
	case ENGINE_DOCKER:
		docker_json(registries, &b);
		return write_config("/etc/docker", "daemon.json", &b, err);
	case ENGINE_PODMAN:
		podman_toml(registries, &b);
		return write_config("/etc/containers/registries.conf.d",
				    "50-vcontainer.conf", &b, err);
	case ENGINE_NONE:
		break;
	}
	return 0;
}
