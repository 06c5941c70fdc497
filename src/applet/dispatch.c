/* Command tables: looking up, help, subcommands and their options. */
#include <string.h>

#include "applet/applet.h"
#include "vc/util.h"

const struct command *command_find(const struct command *table,
				   const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

static void print_subcommands(const struct command *table, FILE *out)
{
	fputs("\nSubcommands:\n", out);
	for (; table->name; table++) {
		_cleanup_free_ char *left =
			xasprintf("%s %s", table->name, table->args);

		fprintf(out, "  %-25s %s\n", left, table->summary);
	}
}

void command_print_help(const struct command *c, const struct tool *tool,
			const char *words, FILE *out)
{
	fprintf(out, "Usage: %s [GLOBAL OPTIONS] %s%s%s\n\n%c%s.\n", tool->name,
		words, *c->args ? " " : "", c->args,
		c->summary[0] - ('a' <= c->summary[0] && c->summary[0] <= 'z' ?
					 'a' - 'A' : 0),
		c->summary + 1);
	if (c->subcommands)
		print_subcommands(c->subcommands, out);
	if (c->options) {
		fputs("\nOptions:\n", out);
		cli_print_options(c->options, out);
	}
	fprintf(out, "\nGlobal options go before '%.*s': see '%s --help'.\n",
		(int)strcspn(words, " "), words, tool->name);
}

static int bad_subcommand(const struct command *table, const struct settings *s,
			  const char *command, const char *word,
			  struct vc_error *err)
{
	_cleanup_free_ char *names = xstrdup("");

	for (; table->name; table++) {
		char *more = xasprintf("%s%s%s", names, *names ? ", " : "",
				       table->name);

		vc_cleanup_free(&names);
		names = more;
	}
	if (word)
		vc_fail_usage(err, "unknown subcommand '%s' of '%s': it has %s",
			      word, command, names);
	else
		vc_fail_usage(err, "'%s' requires a subcommand: %s", command,
			      names);
	return cli_see(err, "%s %s", s->tool->name, command);
}

int command_dispatch(const struct command *table, struct settings *s, int argc,
		     char **argv, struct vc_error *err)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct command *c = word ? command_find(table, word) : NULL;

	if (!c)
		return bad_subcommand(table, s, argv[0], word, err);
	if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
		_cleanup_free_ char *words = xasprintf("%s %s", argv[0], word);

		command_print_help(c, s->tool, words, stdout);
		return 0;
	}
	return c->run(s, argc - 1, argv + 1, err);
}

int command_options(const struct cli_option *table, void *into,
		    const struct settings *s, const char *words, int max_words,
		    int argc, char **argv, int *ret_first,
		    struct vc_error *err)
{
	static const struct cli_option none[] = { { .name = NULL } };
	int used;

	if (cli_parse(table ? table : none, into, argc - 1, argv + 1, &used,
		      err) < 0)
		return cli_see(err, "%s %s", s->tool->name, words);
	if (argc - 1 - used > max_words) {
		vc_fail_usage(err, "unexpected argument '%s'",
			      argv[1 + used + max_words]);
		return cli_see(err, "%s %s", s->tool->name, words);
	}
	*ret_first = used + 1;
	return 0;
}
