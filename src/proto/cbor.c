/* Reading CBOR; see vc/cbor.h. */
#include "vc/cbor.h"

#include <string.h>

#include "vc/util.h"

enum major {
	MAJOR_UINT,
	MAJOR_NEGATIVE,
	MAJOR_BYTES,
	MAJOR_TEXT,
	MAJOR_ARRAY,
	MAJOR_MAP,
	MAJOR_TAG,
	MAJOR_SIMPLE,
};

enum simple { SIMPLE_FALSE = 20, SIMPLE_TRUE, SIMPLE_NULL };

struct cursor {
	const uint8_t *p, *end;
};

static uint64_t big_endian(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	while (len--)
		v = v << 8 | *p++;
	return v;
}

/* A double that is a whole number no larger than 2^53: some writers have no
 * other kind of large number. */
static bool whole_double(uint64_t bits, uint64_t *ret)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	if (!(d >= 0 && d <= 9007199254740992.0) || d != (double)(uint64_t)d)
		return false;
	*ret = (uint64_t)d;
	return true;
}

static bool whole_float(uint64_t bits, uint64_t *ret)
{
	uint32_t word = (uint32_t)bits;
	uint64_t wide;
	double d;
	float f;

	memcpy(&f, &word, sizeof(f));
	d = (double)f;
	memcpy(&wide, &d, sizeof(wide));
	return whole_double(wide, ret);
}

static bool read_simple(unsigned info, uint64_t arg, struct cbor *ret)
{
	switch (info) {
	case SIMPLE_FALSE:
	case SIMPLE_TRUE:
		ret->type = CBOR_BOOL;
		ret->n = info == SIMPLE_TRUE;
		return true;
	case SIMPLE_NULL:
		ret->type = CBOR_NULL;
		return true;
	case 26:
		ret->type = CBOR_UINT;
		return whole_float(arg, &ret->n);
	case 27:
		ret->type = CBOR_UINT;
		return whole_double(arg, &ret->n);
	default:
		return false;
	}
}

/* The head of an item, and past the bytes of a string. */
static bool read_head(struct cursor *c, struct cbor *ret)
{
	static const enum cbor_type types[] = { CBOR_UINT,  CBOR_NEGATIVE,
						CBOR_BYTES, CBOR_TEXT,
						CBOR_ARRAY, CBOR_MAP };
	unsigned major, info;
	size_t more = 0;

	if (c->p == c->end)
		return false;
	major = *c->p >> 5;
	info = *c->p++ & 31;
	if (info > 27)
		return false;
	if (info > 23)
		more = (size_t)1 << (info - 24);
	if ((size_t)(c->end - c->p) < more)
		return false;
	*ret = (struct cbor){ .n = more ? big_endian(c->p, more) : info,
			      .end = c->end };
	c->p += more;
	if (major == MAJOR_SIMPLE)
		return read_simple(info, ret->n, ret);
	if (major == MAJOR_TAG)
		return false;
	ret->type = types[major];
	ret->p = c->p;
	if (major != MAJOR_BYTES && major != MAJOR_TEXT)
		return true;
	if (ret->n > (size_t)(c->end - c->p))
		return false;
	c->p += ret->n;
	return true;
}

static bool check_text(const struct cbor *c)
{
	return utf8_valid(c->p, c->n) && (!c->n || !memchr(c->p, 0, c->n));
}

static bool same_text(const struct cbor *a, const struct cbor *b)
{
	return a->n == b->n && (!a->n || !memcmp(a->p, b->p, a->n));
}

static bool check_members(struct cursor *c, const struct cbor *parent,
			  unsigned depth);

static bool check_item(struct cursor *c, struct cbor *ret, unsigned depth)
{
	if (!read_head(c, ret))
		return false;
	if (ret->type == CBOR_TEXT)
		return check_text(ret);
	if (ret->type != CBOR_ARRAY && ret->type != CBOR_MAP)
		return true;
	return depth < CBOR_MAX_DEPTH && check_members(c, ret, depth + 1);
}

static bool check_key(struct cursor *c, struct cbor *keys, uint64_t n)
{
	if (!read_head(c, &keys[n]) || keys[n].type != CBOR_TEXT ||
	    !check_text(&keys[n]))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (same_text(&keys[i], &keys[n]))
			return false;
	return true;
}

static bool check_members(struct cursor *c, const struct cbor *parent,
			  unsigned depth)
{
	struct cbor keys[CBOR_MAX_KEYS], member;
	bool map = parent->type == CBOR_MAP;

	if (map && parent->n > CBOR_MAX_KEYS)
		return false;
	/* a count beyond the bytes there are ends at the first one missing */
	for (uint64_t i = 0; i < parent->n; i++) {
		if (map && !check_key(c, keys, i))
			return false;
		if (!check_item(c, &member, depth))
			return false;
	}
	return true;
}

bool cbor_parse(const void *data, size_t len, struct cbor *ret)
{
	struct cursor c = { data, (const uint8_t *)data + len };
	struct cbor item;

	if (!len || !check_item(&c, &item, 0) || c.p != c.end)
		return false;
	*ret = item;
	return true;
}

/* What was checked before: only the heads are looked at again. */
static const uint8_t *skip(const uint8_t *p, const uint8_t *end,
			   struct cbor *ret)
{
	struct cursor c = { p, end };
	uint64_t left = 1;

	*ret = (struct cbor){ .type = CBOR_NONE };
	for (bool first = true; left; first = false) {
		struct cbor item;

		left--;
		if (!read_head(&c, &item))
			break;
		if (item.type == CBOR_ARRAY)
			left += item.n;
		else if (item.type == CBOR_MAP)
			left += 2 * item.n;
		if (first)
			*ret = item;
	}
	return c.p;
}

struct cbor cbor_get(const struct cbor *map, const char *key)
{
	const uint8_t *p = map->p;

	for (uint64_t i = 0; map->type == CBOR_MAP && i < map->n; i++) {
		struct cbor name, value;

		p = skip(p, map->end, &name);
		p = skip(p, map->end, &value);
		if (cbor_is_text(&name, key))
			return value;
	}
	return (struct cbor){ .type = CBOR_NONE };
}

bool cbor_next(struct cbor *array, struct cbor *ret)
{
	if (array->type != CBOR_ARRAY || !array->n)
		return false;
	array->p = skip(array->p, array->end, ret);
	array->n--;
	return true;
}

bool cbor_is_text(const struct cbor *c, const char *s)
{
	return c->type == CBOR_TEXT && strlen(s) == c->n &&
	       (!c->n || !memcmp(c->p, s, c->n));
}

bool cbor_get_uint(const struct cbor *map, const char *key, uint64_t max,
		   uint64_t *ret)
{
	struct cbor c = cbor_get(map, key);

	if (c.type != CBOR_UINT || c.n > max)
		return false;
	*ret = c.n;
	return true;
}

bool cbor_get_bool(const struct cbor *map, const char *key, bool *ret)
{
	struct cbor c = cbor_get(map, key);

	if (c.type != CBOR_BOOL)
		return false;
	*ret = c.n;
	return true;
}

char *cbor_get_text(const struct cbor *map, const char *key)
{
	struct cbor c = cbor_get(map, key);

	return c.type == CBOR_TEXT ? xstrndup((const char *)c.p, c.n) : NULL;
}
