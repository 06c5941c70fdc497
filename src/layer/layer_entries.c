/* The list of entries. */
#include "layer_entries.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

void layer_entry_release(struct layer_entry *e)
{
	free(e->name);
	if (e->kind == ENTRY_OBJECT)
		inode_free(e->inode);
	else if (e->kind == ENTRY_LINK)
		free(e->target);
	*e = (struct layer_entry){ .kind = ENTRY_IGNORED };
}

void layer_entries_add(struct layer_entries *l, const struct layer_entry *e)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->v = xrealloc(l->v, l->cap * sizeof(*l->v));
	}
	l->v[l->n++] = *e;
}

void layer_entries_free(struct layer_entries *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		layer_entry_release(&l->v[i]);
	free(l->v);
	free(l);
}

uint64_t layer_entries_bytes(const struct layer_entries *l)
{
	return l->bytes;
}

uint64_t layer_entries_count(const struct layer_entries *l)
{
	return l->n;
}

int entry_fail(const char *name, struct vc_error *err, const char *fmt, ...)
{
	_cleanup_free_ char *shown = printable(name, strlen(name));
	va_list ap;
	char text[512];

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return vc_fail(err, 0, "entry '%s': %s", shown, text);
}
