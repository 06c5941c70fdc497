/* Options from argv, by a table.  Knows nothing of what they mean. */
#include "vc/cli.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vc/strv.h"
#include "vc/util.h"

struct cursor {
	int argc, at;
	char **argv;
};

static int store(const struct cli_option *o, void *into, const char *value)
{
	char *member = (char *)into + o->offset;

	switch (o->kind) {
	case CLI_FLAG:
		if (!value || !strcmp(value, "true"))
			*(bool *)member = true;
		else if (!strcmp(value, "false"))
			*(bool *)member = false;
		else
			return -1;
		break;
	case CLI_STRING: {
		char **s = (char **)(void *)member;

		free(*s);
		*s = xstrdup(value);
		break;
	}
	case CLI_LIST:
		strv_add((struct strv *)(void *)member, value);
		break;
	}
	return 0;
}

/* The word after the one that is looked at, or NULL. */
static const char *next_word(struct cursor *c)
{
	return c->at + 1 < c->argc ? c->argv[++c->at] : NULL;
}

static int parse_long(const struct cli_option *table, void *into,
		      struct cursor *c, struct vc_error *err)
{
	const char *name = c->argv[c->at] + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	const struct cli_option *o = table;

	while (o->name &&
	       (strlen(o->name) != len || strncmp(o->name, name, len) != 0))
		o++;
	if (!o->name)
		return vc_fail_usage(err, "unknown option '--%.*s'", (int)len,
				     name);
	if (o->kind != CLI_FLAG && !value)
		value = next_word(c);
	if (o->kind != CLI_FLAG && !value)
		return vc_fail_usage(err, "option '--%s' needs a value",
				     o->name);
	if (store(o, into, value) < 0)
		return vc_fail_usage(err,
				     "option '--%s' is true or false, not '%s'",
				     o->name, value);
	return 0;
}

/* "-v", "-qv", "-a value", "-avalue" and, as docker has it, "-a=value". */
static int parse_letters(const struct cli_option *table, void *into,
			 struct cursor *c, struct vc_error *err)
{
	const char *letter = c->argv[c->at] + 1;

	for (; *letter; letter++) {
		const struct cli_option *o = table;
		const char *value;

		while (o->name && o->letter != *letter)
			o++;
		if (!o->name)
			return vc_fail_usage(err, "unknown option '-%c'",
					     *letter);
		if (o->kind == CLI_FLAG) {
			store(o, into, NULL);
			continue;
		}
		value = letter + 1;
		if (*value == '=')
			value++;
		else if (!*value)
			value = next_word(c);
		if (!value)
			return vc_fail_usage(err, "option '-%c' needs a value",
					     *letter);
		store(o, into, value);
		return 0;
	}
	return 0;
}

int cli_parse(const struct cli_option *table, void *into, int argc,
	      char **argv, int *ret_used, struct vc_error *err)
{
	struct cursor c = { argc, 0, argv };

	for (; c.at < argc; c.at++) {
		const char *word = argv[c.at];
		int r;

		if (word[0] != '-' || !word[1])
			break;
		if (!strcmp(word, "--")) {
			c.at++;
			break;
		}
		if (word[1] == '-')
			r = parse_long(table, into, &c, err);
		else
			r = parse_letters(table, into, &c, err);
		if (r < 0)
			return -1;
	}
	*ret_used = c.at;
	return 0;
}
