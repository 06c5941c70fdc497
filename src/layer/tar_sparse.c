/* GNU tar manual, "Storing Sparse Files": the old header, and PAX 0.0, 0.1. */
#include "tar_sparse.h"

#include <stdlib.h>
#include <string.h>

#include "tar_number.h"
#include "vc/util.h"

#define MAX_PIECES (1u << 20) /* as Go's archive/tar */
#define FIELD 12

void sparse_release(struct sparse_map *m)
{
	free(m->v);
	*m = (struct sparse_map){ 0 };
}

int sparse_add(struct sparse_map *m, int64_t at, int64_t len)
{
	if (at < 0 || len < 0 || m->n == MAX_PIECES)
		return -1;
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 8;
		m->v = xrealloc(m->v, m->cap * sizeof(*m->v));
	}
	m->v[m->n++] = (struct tar_piece){ (uint64_t)at, (uint64_t)len };
	return 0;
}

int sparse_parse(struct sparse_map *m, const char *s, size_t len)
{
	const char *end = s + len;
	int64_t number[2];
	int have = 0;

	while (s < end) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		size_t n = (size_t)((comma ? comma : end) - s);

		if (tar_decimal(s, n, &number[have++]) < 0)
			return -1;
		if (have == 2 && sparse_add(m, number[0], number[1]) < 0)
			return -1;
		have &= 1;
		s += n + 1;
	}
	return have ? -1 : 0;
}

int sparse_parse_fields(struct sparse_map *m, const char *p, size_t n)
{
	int64_t at, len;

	for (; n && *p; n--, p += 2 * FIELD)
		if (tar_number(p, FIELD, &at) < 0 ||
		    tar_number(p + FIELD, FIELD, &len) < 0 ||
		    sparse_add(m, at, len) < 0)
			return -1;
	return 0;
}

int sparse_check(const struct sparse_map *m, uint64_t size, uint64_t stored)
{
	uint64_t end = 0, sum = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct tar_piece *p = &m->v[i];

		if (p->at < end || p->at > size || p->len > size - p->at)
			return -1;
		end = p->at + p->len;
		sum += p->len;
	}
	return sum == stored ? 0 : -1;
}
