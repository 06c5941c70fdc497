/* What all engines have in common; see engine.h. */
#include "engine.h"

#include <errno.h>
#include <sys/wait.h>

#include "console.h"
#include "module.h"
#include "network.h"
#include "vc/util.h"

#define ENGINE_MODULES "/usr/lib/vcontainer/modules"

int engine_parse(const char *name, enum engine_kind *ret, struct vc_error *err)
{
	static const char *const names[] = {
		[ENGINE_NONE] = "none",
		[ENGINE_DOCKER] = "docker",
		[ENGINE_PODMAN] = "podman",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(name, names[i])) {
			*ret = (enum engine_kind)i;
			return 0;
		}
	return vc_fail(err, 0, "'%.40s' is no engine", name);
}

static int load_modules(void *arg)
{
	(void)arg;
	console_log("%d modules for the engine", modules_load(ENGINE_MODULES));
	sysctl_after_modules();
	return 0;
}

int engine_start(struct engine *e, struct loop *l,
		 const struct strv *insecure_registries, int64_t due,
		 struct vc_error *err)
{
	int status;

	e->loop = l;
	if (registries_write(e->kind, insecure_registries, err) < 0)
		return -1;
	if (e->kind == ENGINE_DOCKER && docker_prepare(e, err) < 0)
		return -1;
	if (child_call(l, load_modules, NULL, due, &status, err) < 0)
		return vc_wrap(err, "cannot load the modules");
	if (e->kind == ENGINE_DOCKER)
		return docker_start(e, due, err);
	e->up = true;
	return 0;
}

void engine_set_registries(struct engine *e, const struct strv *registries,
			   void (*on_reload)(struct engine *e,
					     const char *error))
{
	_cleanup_error_ struct vc_error err = { 0 };

	if (registries_write(e->kind, registries, &err) < 0) {
		on_reload(e, err.msg);
	} else if (e->kind == ENGINE_DOCKER) {
		e->on_reload = on_reload;
		docker_reload(e);
	} else {
		on_reload(e, "");
	}
}

void engine_stop(struct engine *e, int64_t due)
{
	/* it is wanted for as long as dockerd is, but not again */
	e->containerd.keep = false;
	if (e->kind == ENGINE_DOCKER && e->loop)
		docker_stop(e, due);
}
