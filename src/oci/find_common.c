/* What all ways of finding an image share. */
#include "find.h"
#include "names.h"
#include "vc/util.h"

int check_platform(const struct platform *p, const char *title,
		   const char *vm_arch, struct vc_error *err)
{
	const struct platform base = { p->os, p->arch, NULL };
	_cleanup_free_ char *text = NULL;

	if (!p->arch)
		return vc_fail(err, 0, "%s: its config does not say for which "
				       "architecture it is", title);
	if (platform_score(&base, vm_arch))
		return 0;
	if (p->os && !str_eq(p->os, "linux"))
		text = platform_text(p);
	else
		text = xasprintf("%s%s%s", p->arch, p->variant ? "/" : "",
				 p->variant ? p->variant : "");
	return platform_fail(title, text, p, vm_arch, err);
}

/* The names to give: the wanted tag's, the one asked for, or all there are. */
int add_names(const struct image_choice *choice, const struct strv *own,
	      struct strv *ret, struct vc_error *err)
{
	bool by_name = choice->tag && !tag_is_digest(choice->tag);
	char *name;

	for (size_t i = 0; i < own->n && !choice->name; i++) {
		if (by_name && !image_name_matches(own->v[i], choice->tag))
			continue;
		name = image_name(own->v[i], choice, err);
		if (!name)
			return -1;
		strv_add_take(ret, name);
	}
	if (ret->n)
		return 0;
	name = image_name(NULL, choice, err);
	if (!name)
		return -1;
	strv_add_take(ret, name);
	return 0;
}

int find_images(struct input *in, const struct image_choice *choice,
		struct images *ret, char **ret_note, struct vc_error *err)
{
	struct finding f = { choice, in->label, ret };

	if (in->legacy)
		return find_in_legacy_archive(&f, &in->index, &in->spool, err);
	if (in->kind == IMAGE_DOCKER_ARCHIVE)
		return find_in_docker_archive(&f, &in->index, err);
	return find_in_layout(&f, &in->layout, ret_note, err);
}
