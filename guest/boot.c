/* The stages of a start, in order; docs/architecture.md has their deadlines
 * on the host's side, ours are a little shorter so that we have the word. */
#include <stdlib.h>

#include "clock.h"
#include "device.h"
#include "guest.h"
#include "image.h"
#include "names.h"
#include "network.h"
#include "root.h"
#include "state.h"
#include "vc/util.h"

#define DISK_MS 20000
#define ENGINE_MS 170000

static int boot_root(struct guest *g, struct vc_error *err)
{
	_cleanup_free_ char *disk = disk_find(g->uevents, "root", "vda",
					      now_ms() + DISK_MS, err);

	return disk ? root_switch(disk, err) : -1;
}

static int boot_state(struct guest *g, struct vc_error *err)
{
	_cleanup_free_ char *disk = disk_find(g->uevents, "state", "vdb",
					      now_ms() + DISK_MS, err);

	if (!disk)
		return -1;
	return state_mount(&g->loop, disk, g->config.persistent, err);
}

static int boot_network(struct guest *g, struct vc_error *err)
{
	if (names_set(g->config.hostname, g->config.network, err) < 0)
		return -1;
	return network_up(g->config.network, err);
}

static int boot_engine(struct guest *g, struct vc_error *err)
{
	return engine_start(&g->engine, &g->loop,
			    &g->config.insecure_registries,
			    now_ms() + ENGINE_MS, err);
}

static const struct stage {
	const char *name; /* NULL: the end */
	int (*run)(struct guest *g, struct vc_error *err);
} engine_stages[] = {
	{ "root", boot_root },
	{ "state", boot_state },
	{ "network", boot_network },
	{ "engine", boot_engine },
	{ NULL, NULL },
}, image_stages[] = {
	{ "root", image_boot_root },
	{ "network", image_boot_network },
	{ NULL, NULL },
};

/* What the host asks for is what the initramfs was made for, or an error. */
static const struct stage *choose(struct guest *g, struct vc_error *err)
{
	bool image = str_eq(g->config.engine, "image");

	if (image != (g->mode == MODE_IMAGE)) {
		vc_fail(err, 0, image ? "this initramfs is not a converted "
					"image's" :
					"this initramfs is a converted image's "
					"and has no engine");
		return NULL;
	}
	if (image)
		return image_stages;
	if (engine_parse(g->config.engine, &g->engine.kind, err) < 0)
		return NULL;
	return engine_stages;
}

int boot(struct guest *g, const char **ret_stage, struct vc_error *err)
{
	const struct stage *s;

	clock_adjust(g->config.clock_ns);
	*ret_stage = "root";
	s = choose(g, err);
	if (!s)
		return -1;
	for (; s->name; s++) {
		*ret_stage = s->name;
		control_stage(g, s->name);
		if (s->run(g, err) < 0)
			return -1;
		if (g->power_off)
			return vc_fail(err, 0, "stopped during the start");
	}
	return 0;
}
