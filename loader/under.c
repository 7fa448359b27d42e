/* SPDX-License-Identifier: MIT */
#include "loader/under.h"

struct reading {
	const struct command *command;
	option_fn option;
	void *userdata;
	struct diags *diags;
	struct under *under;
};

static int take_option(void *userdata, int id, const char *value)
{
	const struct reading *reading = userdata;

	switch (id) {
	case OPTION_OPERAND:
		source_list_add(&reading->under->sources, value, reading->diags);
		return 0;
	case UNDER_OUTPUT:
		reading->under->output = value;
		return 0;
	case UNDER_FORMAT:
		return option_json(reading->command, value, &reading->under->json);
	default:
		return reading->option(reading->userdata, id, value);
	}
}

int under_read(const struct command *command, int argc, char **argv, option_fn option, void *userdata,
	       struct diags *diags, struct under *under)
{
	struct reading reading = { command, option, userdata, diags, under };
	int status = options_read(command, argc, argv, take_option, &reading, &under->command);

	if (status != OPTION_END)
		return status == EXIT_PASSED ? EXIT_PASSED : EXIT_OWN_FAILURE;
	if (diags->errors)
		return EXIT_OWN_FAILURE;
	if (under->sources.n && under->command)
		return OPTION_END;
	if (under->sources.n)
		usage_error(command, "no command; name it after --, as in -- ls -l");
	else
		no_source(command, " before --");
	return EXIT_OWN_FAILURE;
}

void under_done(struct under *under)
{
	source_list_done(&under->sources);
}
