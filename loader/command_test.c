/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/testing.h"

#include <stdio.h>
#include <string.h>

enum { FORMAT = 1, ALL, LIVE };

static const struct option_spec specs[] = {
	{ "format", 'f', OPTION_VALUE, FORMAT },
	{ "all", 'a', OPTION_FLAG, ALL },
	{ "live", 0, OPTION_OPTIONAL, LIVE },
	{ NULL, 0, OPTION_FLAG, 0 },
};
static const struct command command = { .name = "try", .help = "help\n", .options = specs };

/* Arguments, what options_read() makes of them ("id:value" for each), and what it returns. */
static const struct {
	const char *args[8];
	const char *taken;
	int status;
} lines[] = {
	{ { NULL }, "", OPTION_END },
	{ { "x", "y" }, "0:x 0:y ", OPTION_END },
	{ { "--format", "json" }, "1:json ", OPTION_END },
	{ { "--format=json" }, "1:json ", OPTION_END },
	{ { "--format=" }, "1: ", OPTION_END },
	{ { "-f", "json" }, "1:json ", OPTION_END },
	{ { "-fjson" }, "1:json ", OPTION_END },
	{ { "-af", "json" }, "2:- 1:json ", OPTION_END },
	{ { "-afjson", "x" }, "2:- 1:json 0:x ", OPTION_END },
	{ { "x", "-a", "y" }, "0:x 2:- 0:y ", OPTION_END },
	{ { "-" }, "0:- ", OPTION_END },
	{ { "--live" }, "3:- ", OPTION_END },
	{ { "--live", "x" }, "3:- 0:x ", OPTION_END },
	{ { "--live=auto" }, "3:auto ", OPTION_END },
	{ { "x", "--", "-a", "--", "y" }, "0:x rest -a -- y ", OPTION_END },
	{ { "x", "--" }, "0:x ", OPTION_END },
	{ { "--format", "--" }, "1:-- ", OPTION_END },
	{ { "--help", "x" }, "", EXIT_PASSED },
	{ { "-h" }, "", EXIT_PASSED },
	{ { "-ah" }, "2:- ", EXIT_PASSED },
	{ { "--format" }, "", EXIT_INVALID },
	{ { "-f" }, "", EXIT_INVALID },
	{ { "--all=1" }, "", EXIT_INVALID },
	{ { "--frmat" }, "", EXIT_INVALID },
	{ { "--al" }, "", EXIT_INVALID },
	{ { "-x" }, "", EXIT_INVALID },
	{ { "--help=x" }, "", EXIT_PASSED },
	{ { "list", "x" }, "0:list ", EXIT_PASSED },
	{ { "stop", "x" }, "0:stop ", EXIT_NO_ANSWER },
};

/* Where a line's taken is written together. */
struct taken {
	char text[256];
	size_t len;
};

static int take(void *userdata, int id, const char *value)
{
	struct taken *taken = userdata;

	taken->len += (size_t)snprintf(taken->text + taken->len, sizeof(taken->text) - taken->len, "%d:%s ",
				       id, value ? value : "-");
	if (id || !value)
		return 0;
	return !strcmp(value, "list") ? OPTION_HELP : !strcmp(value, "stop") ? EXIT_NO_ANSWER : 0;
}

static void silence(void)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

START_TEST(arguments)
{
	char *argv[10] = { (char *)"try" }, **rest = NULL;
	struct taken taken = { .len = 0 };
	int argc = 1;

	silence();
	while (argc < 8 && lines[_i].args[argc - 1]) {
		argv[argc] = (char *)lines[_i].args[argc - 1];
		argc++;
	}
	int status = options_read(&command, argc, argv, take, &taken, &rest);
	if (rest)
		strcat(taken.text, "rest ");
	for (; rest && *rest; rest++)
		strcat(strcat(taken.text, *rest), " ");
	ck_assert_str_eq(taken.text, lines[_i].taken);
	ck_assert_int_eq(status, lines[_i].status);
}
END_TEST

START_TEST(operands_after_dashes)
{
	char *argv[] = { (char *)"try", (char *)"x", (char *)"--", (char *)"-a", (char *)"--", NULL };
	struct taken taken = { .len = 0 };

	ck_assert_int_eq(options_read(&command, 5, argv, take, &taken, NULL), OPTION_END);
	ck_assert_str_eq(taken.text, "0:x 0:-a 0:-- ");
}
END_TEST

/* What is printed about a wrong value is in loader/errors/. */
START_TEST(choices)
{
	static const char *const names[] = { "raw", "c", NULL };
	bool json = true;
	int index = 7;

	silence();
	ck_assert_int_eq(option_choice(&command, "format", names, "d", &index), EXIT_INVALID);
	ck_assert_int_eq(index, 7);
	ck_assert_int_eq(option_choice(&command, "format", names, "c", &index), 0);
	ck_assert_int_eq(index, 1);
	ck_assert_int_eq(option_json(&command, "c", &json), EXIT_INVALID);
	ck_assert(json);
	ck_assert_int_eq(option_json(&command, "pretty", &json), 0);
	ck_assert(!json);
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
	tcase_add_test(tc, operands_after_dashes);
	tcase_add_test(tc, choices);
	tcase_add_test(tc, full_disk_is_told);
	tcase_add_test(tc, written_output_keeps_the_status);
}

int main(void)
{
	return run_suite("command", add);
}
