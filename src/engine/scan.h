/*
 * The options of an engine's command line, as far as we must understand them:
 * which words are options, which are their values, and where the engine's
 * part ends and the container's begins.  Nothing is changed here.
 */
#ifndef ENGINE_SCAN_H
#define ENGINE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "vc/strv.h"

/* One option as it was given. */
struct scan_option {
	const char *name;  /* long name without dashes; borrowed from the tables,
			    * or from argv for one that is in none */
	size_t name_len;
	char letter;       /* how it was given; 0: by its long name */
	size_t at;         /* index in argv of its word */
	const char *value; /* borrowed from argv; NULL: a flag */
	size_t value_at;   /* index in argv of the word that holds the value */
};

struct scan {
	struct scan_option *options;
	size_t n_options;
	size_t *words; /* indices of the words that are no options */
	size_t n_words;
};

/* What a command's options look like. */
struct option_table {
	const char *flag_letters;       /* "dit": letters without a value */
	const char *const *flags;       /* long names without a value, NULL-ended */
	const char *const *letters;     /* "v=volume": letters that have a long name */
	bool interspersed; /* options may follow the first word */
	/* Of a command we have no table for: letters are flags, and "--name WORD"
	 * is a value unless WORD looks like an option. */
	bool guess;
};

/* Scans argv from `first`; the result borrows from argv. */
void scan_argv(const struct option_table *t, const struct strv *argv,
	       size_t first, struct scan *ret);
void scan_release(struct scan *s);

/* The last option of that long name; NULL when it was not given. */
const struct scan_option *scan_find(const struct scan *s, const char *name);
bool scan_is(const struct scan_option *o, const char *name);
/* Puts another value in the option's place in argv; the scan stays valid. */
void scan_set_value(struct scan *s, size_t option, struct strv *argv,
		    const char *value);
/* A flag, as pflag reads it: "--x", "--x=true", "-x"; the last one counts. */
bool scan_flag(const struct scan *s, const char *name);

#endif
