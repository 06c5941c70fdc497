/* Option tables: what is an option, what is its value, where they end. */
#include "test_cli.h"

#include "vc/cli.h"
#include "vc/strv.h"

struct into {
	bool all, quiet;
	char *name;
	struct strv items;
};

static const struct cli_option table[] = {
	{ "all", 'a', CLI_FLAG, offsetof(struct into, all), NULL, "all" },
	{ "quiet", 'q', CLI_FLAG, offsetof(struct into, quiet), NULL, "quiet" },
	{ "name", 'n', CLI_STRING, offsetof(struct into, name), "NAME", "n" },
	{ "item", 0, CLI_LIST, offsetof(struct into, items), "ITEM", "i" },
	{ NULL, 0, CLI_FLAG, 0, NULL, NULL },
};

struct parsed {
	struct into o;
	struct vc_error err;
	int used, r;
};

static void parse_words(struct parsed *p, char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	*p = (struct parsed){ .used = -1 };
	p->r = cli_parse(table, &p->o, argc, argv, &p->used, &p->err);
}

static void release(struct parsed *p)
{
	free(p->o.name);
	strv_release(&p->o.items);
	vc_error_release(&p->err);
}

static void test_value_forms(void **state)
{
	static char *forms[][3] = {
		{ "--name", "x=y", NULL },
		{ "--name=x=y", NULL, NULL },
		{ "-n", "x=y", NULL },
		{ "-nx=y", NULL, NULL },
		{ "-n=x=y", NULL, NULL },
		{ "-aqnx=y", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse_words(&p, forms[i]);
		assert_int_equal(p.r, 0);
		assert_string_equal(p.o.name, "x=y");
		assert_int_equal(p.used, forms[i][1] ? 2 : 1);
		assert_int_equal(p.o.all, i == 5);
		release(&p);
	}
}

static void test_last_string_counts_and_lists_grow(void **state)
{
	struct parsed p;

	(void)state;
	parse_words(&p, WORDS("--name", "a", "--item=1", "--name=b", "--item",
			      "2"));
	assert_int_equal(p.r, 0);
	assert_string_equal(p.o.name, "b");
	assert_int_equal(p.o.items.n, 2);
	assert_string_equal(p.o.items.v[1], "2");
	release(&p);
}

static void test_flags_take_a_truth_value(void **state)
{
	struct parsed p;

	(void)state;
	parse_words(&p, WORDS("--all=true", "--quiet", "--quiet=false"));
	assert_int_equal(p.r, 0);
	assert_true(p.o.all);
	assert_false(p.o.quiet);
	release(&p);
	parse_words(&p, WORDS("--all=maybe"));
	assert_int_equal(p.r, -1);
	assert_non_null(strstr(p.err.msg, "'--all'"));
	release(&p);
}

static void test_stops_at_the_first_word(void **state)
{
	struct parsed p;

	(void)state;
	parse_words(&p, WORDS("-a", "run", "-q", "--nonsense"));
	assert_int_equal(p.r, 0);
	assert_int_equal(p.used, 1);
	assert_false(p.o.quiet);
	release(&p);
	parse_words(&p, WORDS("-a", "--", "-q"));
	assert_int_equal(p.used, 2);
	assert_false(p.o.quiet);
	release(&p);
	parse_words(&p, WORDS("-", "-q"));
	assert_int_equal(p.used, 0);
	release(&p);
	parse_words(&p, WORDS("", "-q"));
	assert_int_equal(p.used, 0);
	release(&p);
}

static void test_faults(void **state)
{
	static const struct {
		char *word;
		const char *says;
	} faults[] = {
		{ "--nam", "unknown option '--nam'" },
		{ "--names", "unknown option '--names'" },
		{ "--nam=x", "unknown option '--nam'" },
		{ "--=x", "unknown option '--'" },
		{ "-ax", "unknown option '-x'" },
		{ "--name", "option '--name' needs a value" },
		{ "-an", "option '-n' needs a value" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct parsed p;

		parse_words(&p, WORDS(faults[i].word));
		assert_int_equal(p.r, -1);
		assert_int_equal(p.used, -1);
		assert_string_equal(p.err.msg, faults[i].says);
		assert_int_equal(p.err.status, VC_EXIT_USAGE);
		release(&p);
	}
}

static void test_help_has_every_option(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	cli_print_options(table, out);
	fclose(out);
	assert_non_null(strstr(text, "-a, --all "));
	assert_non_null(strstr(text, "-n, --name NAME"));
	assert_non_null(strstr(text, "--item ITEM"));
	assert_non_null(strstr(text, "(repeatable)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value_forms),
		cmocka_unit_test(test_last_string_counts_and_lists_grow),
		cmocka_unit_test(test_flags_take_a_truth_value),
		cmocka_unit_test(test_stops_at_the_first_word),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_help_has_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
