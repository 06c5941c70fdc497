/* oci2vm convert, inspect and build. */
#include <stdio.h>
#include <stdlib.h>

#include "applet/oci2vm.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"

static int parse(const struct cli_option *table, const char *command,
		 struct convert_options *o, int argc, char **argv,
		 struct vc_error *err)
{
	int used;

	if (cli_parse(table, o, argc - 1, argv + 1, &used, err) < 0)
		return cli_see(err, "oci2vm %s", command);
	if (used != argc - 1) {
		vc_fail_usage(err, "unexpected argument '%s'", argv[1 + used]);
		return cli_see(err, "oci2vm %s", command);
	}
	return 0;
}

int oci2vm_convert(int argc, char **argv, struct vc_error *err)
{
	_cleanup_convert_options_ struct convert_options o = { 0 };
	_cleanup_convert_call_ struct convert_call c = { 0 };

	if (parse(convert_option_table, "convert", &o, argc, argv, err) < 0 ||
	    convert_call_make(&o, "oci2vm", &c, err) < 0 ||
	    convert_call_source(&o, &c, err) < 0)
		return -1;
	return convert_call_run(&c, &o, err);
}

int oci2vm_inspect(int argc, char **argv, struct vc_error *err)
{
	_cleanup_convert_options_ struct convert_options o = { 0 };
	_cleanup_convert_call_ struct convert_call c = { 0 };
	char *json;

	if (parse(inspect_option_table, "inspect", &o, argc, argv, err) < 0)
		return -1;
	/* nothing is written: what every conversion needs */
	o.out = xstrdup(".");
	if (convert_call_make(&o, "oci2vm", &c, err) < 0 ||
	    convert_call_source(&o, &c, err) < 0 ||
	    convert_inspect(&c.convert, &json, err) < 0)
		return -1;
	fputs(json, stdout);
	free(json);
	return 0;
}
