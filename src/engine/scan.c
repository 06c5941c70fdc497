/* Scanning as spf13/pflag does it, which docker and podman both use. */
#include "engine/scan.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

void scan_release(struct scan *s)
{
	free(s->options);
	free(s->words);
	*s = (struct scan){ 0 };
}

static void add_option(struct scan *s, struct scan_option o)
{
	s->options = xrealloc(s->options,
			      (s->n_options + 1) * sizeof(*s->options));
	s->options[s->n_options++] = o;
}

static void add_word(struct scan *s, size_t at)
{
	s->words = xrealloc(s->words, (s->n_words + 1) * sizeof(*s->words));
	s->words[s->n_words++] = at;
}

static bool is_flag(const struct option_table *t, const char *name, size_t len)
{
	for (const char *const *f = t->flags; *f; f++)
		if (strlen(*f) == len && !strncmp(*f, name, len))
			return true;
	return len == 4 && !strncmp(name, "help", 4);
}

/* The long name behind a letter, or NULL. */
static const char *long_name(const struct option_table *t, char letter)
{
	for (const char *const *l = t->letters; *l; l++)
		if ((*l)[0] == letter)
			return *l + 2;
	return NULL;
}

/* "--name", "--name=value", "--name value"; returns words taken. */
static size_t scan_long(const struct option_table *t, const struct strv *argv,
			size_t at, struct scan *s)
{
	const char *name = argv->v[at] + 2;
	size_t len = strcspn(name, "=");
	struct scan_option o = { .name = name, .name_len = len, .at = at,
				 .value_at = at };

	if (name[len] == '=') {
		o.value = name + len + 1;
	} else if (!is_flag(t, name, len) && at + 1 < argv->n &&
		   !(t->guess && argv->v[at + 1][0] == '-')) {
		o.value_at = at + 1;
		o.value = argv->v[at + 1];
	}
	add_option(s, o);
	return o.value_at - at + 1;
}

/* "-it", "-p80", "-p 80", "-p=80", "-itp80"; returns words taken. */
static size_t scan_short(const struct option_table *t, const struct strv *argv,
			 size_t at, struct scan *s)
{
	for (const char *p = argv->v[at] + 1; *p; p++) {
		const char *name = long_name(t, *p);
		struct scan_option o = { .name = name ? name : p, .letter = *p,
					 .at = at, .value_at = at };
		bool flag = t->guess || strchr(t->flag_letters, *p) != NULL;

		o.name_len = name ? strlen(name) : 1;
		if (flag && p[1] != '=') {
			add_option(s, o);
			continue;
		}
		if (p[1]) {
			o.value = p[1] == '=' ? p + 2 : p + 1;
		} else if (at + 1 < argv->n) {
			o.value_at = at + 1;
			o.value = argv->v[at + 1];
		}
		add_option(s, o);
		return o.value_at - at + 1;
	}
	return 1;
}

void scan_argv(const struct option_table *t, const struct strv *argv,
	       size_t first, struct scan *ret)
{
	struct scan s = { 0 };
	size_t at = first;
	bool options = true;

	while (at < argv->n) {
		const char *word = argv->v[at];

		if (options && !strcmp(word, "--")) {
			options = false;
			at++;
		} else if (options && str_starts(word, "--")) {
			at += scan_long(t, argv, at, &s);
		} else if (options && word[0] == '-' && word[1]) {
			at += scan_short(t, argv, at, &s);
		} else {
			add_word(&s, at++);
			if (!t->interspersed)
				options = false;
		}
	}
	*ret = s;
}

bool scan_is(const struct scan_option *o, const char *name)
{
	return strlen(name) == o->name_len && !strncmp(o->name, name, o->name_len);
}

const struct scan_option *scan_find(const struct scan *s, const char *name)
{
	for (size_t i = s->n_options; i-- > 0;)
		if (scan_is(&s->options[i], name))
			return &s->options[i];
	return NULL;
}

void scan_set_value(struct scan *s, size_t option, struct strv *argv,
		    const char *value)
{
	struct scan_option *o = &s->options[option];
	char *old = argv->v[o->value_at];
	size_t prefix = (size_t)(o->value - old);
	char *word = xasprintf("%.*s%s", (int)prefix, old, value);

	/* a name that was borrowed from the word moves with it */
	for (size_t i = 0; i < s->n_options; i++) {
		struct scan_option *p = &s->options[i];

		if (p->name >= old && p->name < old + prefix)
			p->name = word + (p->name - old);
	}
	o->value = word + prefix;
	strv_set(argv, o->value_at, word);
}

/* Go's strconv.ParseBool */
static bool is_true(const char *v)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (!strcmp(v, yes[i]))
			return true;
	return false;
}

bool scan_flag(const struct scan *s, const char *name)
{
	const struct scan_option *o = scan_find(s, name);

	return o && (!o->value || is_true(o->value));
}
