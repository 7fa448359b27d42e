/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/testing.h"

#include <stdio.h>

enum { FORMAT = 1, ALL, LIVE };

static const struct option_spec specs[] = {
	{ "format", 'f', OPTION_VALUE, FORMAT },
	{ "all", 'a', OPTION_FLAG, ALL },
	{ "live", 0, OPTION_OPTIONAL, LIVE },
	{ NULL, 0, OPTION_FLAG, 0 },
};
static const struct command command = { .name = "try", .help = "help\n" };

/* Arguments, and what options_next() makes of them: "id:value" for each. */
static const struct {
	const char *args[8];
	const char *read;
} lines[] = {
	{ { NULL }, "end" },
	{ { "x", "y" }, "0:x 0:y end" },
	{ { "--format", "json" }, "1:json end" },
	{ { "--format=json" }, "1:json end" },
	{ { "--format=" }, "1: end" },
	{ { "-f", "json" }, "1:json end" },
	{ { "-fjson" }, "1:json end" },
	{ { "-af", "json" }, "2:- 1:json end" },
	{ { "-afjson", "x" }, "2:- 1:json 0:x end" },
	{ { "x", "-a", "y" }, "0:x 2:- 0:y end" },
	{ { "-" }, "0:- end" },
	{ { "--live" }, "3:- end" },
	{ { "--live", "x" }, "3:- 0:x end" },
	{ { "--live=auto" }, "3:auto end" },
	{ { "x", "--", "-a", "--", "y" }, "0:x dashes 0:-a 0:-- 0:y end" },
	{ { "--format", "--" }, "1:-- end" },
	{ { "--help" }, "help" },
	{ { "-h" }, "help" },
	{ { "-ah" }, "2:- help" },
	{ { "--format" }, "bad" },
	{ { "-f" }, "bad" },
	{ { "--all=1" }, "bad" },
	{ { "--frmat" }, "bad" },
	{ { "--al" }, "bad" },
	{ { "-x" }, "bad" },
	{ { "--help=x" }, "help" },
};

static void silence(void)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

START_TEST(arguments)
{
	char *argv[10] = { (char *)"try" }, read[256] = "";
	int argc = 1, id = 0;
	struct options options;

	silence();
	while (argc < 8 && lines[_i].args[argc - 1]) {
		argv[argc] = (char *)lines[_i].args[argc - 1];
		argc++;
	}
	options_init(&options, &command, specs, argc, argv);
	while (id >= 0 || id == OPTION_DASHES) {
		size_t at = strlen(read);
		id = options_next(&options);
		const char *name = id == OPTION_END	 ? "end"
				   : id == OPTION_BAD	 ? "bad"
				   : id == OPTION_HELP	 ? "help"
				   : id == OPTION_DASHES ? "dashes "
							 : NULL;
		if (name)
			snprintf(read + at, sizeof(read) - at, "%s", name);
		else
			snprintf(read + at, sizeof(read) - at, "%d:%s ", id,
				 options.value ? options.value : "-");
	}
	ck_assert_str_eq(read, lines[_i].read);
}
END_TEST

START_TEST(full_disk_is_told)
{
	silence();
	ck_assert_ptr_nonnull(freopen("/dev/full", "w", stdout));
	printf("x");
	ck_assert_int_eq(finish_output(EXIT_PASSED), EXIT_INVALID);
}
END_TEST

START_TEST(written_output_keeps_the_status)
{
	silence();
	printf("x");
	ck_assert_int_eq(finish_output(EXIT_FAILED), EXIT_FAILED);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, arguments, 0, COUNT_OF(lines));
	tcase_add_test(tc, full_disk_is_told);
	tcase_add_test(tc, written_output_keeps_the_status);
}

int main(void)
{
	return run_suite("command", add);
}
