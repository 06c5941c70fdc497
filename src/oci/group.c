/* Platform choice within one image. */
#include "group.h"

#include "config.h"
#include "document.h"
#include "manifest.h"
#include "names.h"
#include "vc/buf.h"
#include "vc/util.h"

/* An index may leave platforms away; the configuration has them. */
static int fill_platform(const struct layout *l, struct candidate *c,
			 struct vc_error *err)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	_cleanup_json_ struct json_object *o = NULL;

	if (!platform_is_empty(&c->d.platform))
		return 0;
	if (manifest_read(l, &c->d, &m, err) < 0 ||
	    document_read(l, &m.config, NULL, &o, err) < 0)
		return -1;
	return platform_parse(o, &c->d.platform, err);
}

struct survey {
	struct candidate *best;
	struct candidate *rival; /* as good, and another image in its own right */
	const struct platform *other; /* one that another VM runs */
	int score;
	size_t n;
	struct buf platforms; /* "linux/amd64, linux/arm64" */
};

static void look_at(struct survey *s, struct candidate *c, const char *vm_arch)
{
	_cleanup_free_ char *text = platform_text(&c->d.platform);
	int score = platform_score(&c->d.platform, vm_arch);

	buf_printf(&s->platforms, "%s%s", s->n++ ? ", " : "", text);
	if (score > s->score) {
		s->best = c;
		s->score = score;
		s->rival = NULL;
	} else if (score && score == s->score && c->top != s->best->top) {
		s->rival = c;
	}
	if (!s->other && (platform_score(&c->d.platform, "x86_64") ||
			  platform_score(&c->d.platform, "aarch64")))
		s->other = &c->d.platform;
}

static int decide(struct survey *s, const char *name, const char *vm_arch,
		  const char *label, struct vc_error *err)
{
	if (!s->best) {
		_cleanup_free_ char *title = image_title(name, label);

		return platform_fail(title, buf_ptr(&s->platforms), s->other,
				     vm_arch, err);
	}
	if (s->rival && name)
		return vc_fail(err, 0, "'%s' holds two images named '%s'", label,
			       name);
	if (s->rival)
		return vc_fail(err, 0, "'%s' holds several images without a "
				       "name: give them names, with 'skopeo "
				       "copy' for example", label);
	return 0;
}

int group_choose(const struct layout *l, struct candidates *c, size_t group,
		 const char *vm_arch, const char *label,
		 struct candidate **ret, char **ret_note, struct vc_error *err)
{
	struct survey s = { .platforms = BUF_INIT };
	struct candidate *only = NULL;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].group == group) {
			only = &c->v[i];
			n++;
		}
	/* of a single one its configuration will be looked at anyway */
	if (n == 1) {
		*ret = only;
		*ret_note = NULL;
		return 0;
	}
	for (size_t i = 0; i < c->n && r == 0; i++) {
		if (c->v[i].group != group)
			continue;
		r = fill_platform(l, &c->v[i], err);
		if (r == 0)
			look_at(&s, &c->v[i], vm_arch);
	}
	if (r == 0)
		r = decide(&s, c->v[group].d.name, vm_arch, label, err);
	if (r == 0) {
		_cleanup_free_ char *text =
			platform_text(&s.best->d.platform);

		*ret = s.best;
		*ret_note = xasprintf("%s of %s", text, buf_ptr(&s.platforms));
	}
	buf_release(&s.platforms);
	return r;
}
