/* SPDX-License-Identifier: MIT */
#include "loader/under.h"

#include <string.h>

static int set_option(const struct command *command, struct under *under, int id, const char *value)
{
	if (id == UNDER_OUTPUT)
		under->output = value;
	else if (!strcmp(value, "json") || !strcmp(value, "pretty"))
		under->json = *value == 'j';
	else
		return usage_error(command, "unknown format '%s'; it is pretty or json", value);
	return 0;
}

int under_read(const struct command *command, const struct option_spec *specs, int argc, char **argv,
	       under_option_fn option, void *userdata, struct diags *diags, struct under *under)
{
	struct options options;
	int id, r = 0;

	options_init(&options, command, specs, argc, argv);
	while (r == 0 && (id = options_next(&options)) >= 0) {
		if (id == OPTION_OPERAND)
			source_list_add(&under->sources, options.value, diags);
		else if (id < UNDER_OTHER)
			r = set_option(command, under, id, options.value);
		else
			r = option(userdata, id, options.value);
	}
	if (r || id == OPTION_BAD)
		return EXIT_OWN_FAILURE;
	if (id == OPTION_HELP)
		return EXIT_PASSED;
	if (id == OPTION_DASHES && options.at < argc)
		under->command = argv + options.at;
	if (diags->errors)
		return EXIT_OWN_FAILURE;
	if (under->sources.n && under->command)
		return -1;
	usage_error(command, under->sources.n ? "no command; name it after --, as in -- ls -l"
					      : "no source; name a filter's file or folder before --");
	return EXIT_OWN_FAILURE;
}

void under_done(struct under *under)
{
	source_list_done(&under->sources);
}
