/* SPDX-License-Identifier: MIT */
#include "loader/records.h"
#include "loader/testing.h"

#include <sys/stat.h>
#include <unistd.h>

static FILE *file;

static void put(const void *content, size_t len)
{
	file = fopen("r", "w");
	ck_assert_uint_eq(fwrite(content, 1, len, file), len);
	fclose(file);
}

/* Text, and the numbers of the calls in it: -1 for one that is malformed. */
static const struct {
	const char *text;
	int n, numbers[8];
	const char *shown;
} texts[] = {
	{ "", 0, { 0 }, "" },
	{ "\n\n", 0, { 0 }, "" },
	{ "# nothing\n   # nothing\n", 0, { 0 }, "" },
	{ "read()\n", 1, { 0 }, "" },
	{ "read()", 1, { 0 }, "" },
	{ "\t1()  # write\r\n\r\n2\r\n", 2, { 1, 2 }, "" },
	{ "i386 5\nx86_64 -1()\n0xdeadbeef 7(1)", 3, { 5, -1, 7 }, "" },
	{ "1\nraed()\n3\n",
	  3,
	  { 1, -2, 3 },
	  "r:2:1: error: unknown system call 'raed'\n    2 | raed()\n      | ^~~~\n  did you mean "
	  "'read'?\n" },
	{ "\n\n  read(\n", 1, { -2 }, "r:3:7: error: '(' has no ')'\n    3 |   read(\n      |       ^\n" },
};

START_TEST(text)
{
	struct seccomp_data data;
	struct records records;
	struct diags diags;
	int n = 0, r;

	put(texts[_i].text, strlen(texts[_i].text));
	diags_init(&diags);
	ck_assert_int_eq(records_open("r", &diags, &records), 0);
	ck_assert(!records.binary);
	while ((r = records_next(&records, &data)) != 0) {
		ck_assert_int_lt(n, texts[_i].n);
		ck_assert_int_eq(r < 0 ? -2 : data.nr, texts[_i].numbers[n]);
		n++;
	}
	ck_assert_int_eq(n, texts[_i].n);
	ck_assert_int_eq(records_next(&records, &data), 0);
	char *shown = printed(&diags);
	ck_assert_msg(!strncmp(shown, texts[_i].shown, strlen(texts[_i].shown)), "%s", shown);
	free(shown);
	records_close(&records);
	diags_done(&diags);
}
END_TEST

/* Around the size of what is read at once, lines of all lengths. */
START_TEST(many_lines)
{
	struct seccomp_data data;
	struct records records;
	struct diags diags;
	int r, n = 0, bad = 0;

	file = fopen("r", "w");
	for (int i = 0; i < 20000; i++)
		fprintf(file, "%d(%*s%d)%s\n", i, i % 50, "", i, i == 19000 ? " x" : "");
	fclose(file);
	diags_init(&diags);
	ck_assert_int_eq(records_open("r", &diags, &records), 0);
	while ((r = records_next(&records, &data)) != 0) {
		if (r < 0) {
			bad++;
			ck_assert_int_eq(n, 19000);
		} else {
			ck_assert_int_eq(data.nr, n);
			ck_assert_uint_eq(data.args[0], (uint64_t)n);
		}
		n++;
	}
	ck_assert_int_eq(n, 20000);
	ck_assert_int_eq(bad, 1);
	char *shown = printed(&diags);
	ck_assert_msg(!strncmp(shown, "r:19001:", 8), "%s", shown);
	free(shown);
	records_close(&records);
	diags_done(&diags);
}
END_TEST

START_TEST(too_long_a_line)
{
	size_t len = 70000;
	char *line = malloc(len);
	struct seccomp_data data;
	struct records records;
	struct diags diags;

	memset(line, ' ', len);
	line[0] = '1';
	line[len - 1] = '2';
	put(line, len);
	diags_init(&diags);
	ck_assert_int_eq(records_open("r", &diags, &records), 0);
	ck_assert_int_eq(records_next(&records, &data), -1);
	ck_assert_int_eq(records_next(&records, &data), 0);
	ck_assert_uint_eq(diags.errors, 1);
	records_close(&records);
	diags_done(&diags);
	free(line);
}
END_TEST

/* n whole records and some bytes more. */
static const struct {
	size_t n, more;
} sizes[] = { { 1, 0 },	   { 0, 1 },	 { 0, 63 },   { 1, 1 },	  { 1023, 0 },
	      { 1024, 0 }, { 1024, 63 }, { 1025, 0 }, { 5000, 7 } };

START_TEST(binary)
{
	struct seccomp_data data;
	struct records records;
	struct diags diags;
	size_t n = 0;
	int r;

	file = fopen("r", "w");
	for (size_t i = 0; i < sizes[_i].n; i++) {
		data = (struct seccomp_data){ .nr = (int)i, .arch = 0xc000003e, .args = { i, ~i } };
		fwrite(&data, sizeof(data), 1, file);
	}
	for (size_t i = 0; i < sizes[_i].more; i++)
		fputc(0, file);
	fclose(file);
	diags_init(&diags);
	ck_assert_int_eq(records_open("r", &diags, &records), 0);
	ck_assert(records.binary);
	while ((r = records_next(&records, &data)) > 0) {
		ck_assert_int_eq(data.nr, (int)n);
		ck_assert_uint_eq(data.args[1], ~n);
		n++;
	}
	ck_assert_uint_eq(n, sizes[_i].n);
	ck_assert_int_eq(r, sizes[_i].more ? -1 : 0);
	ck_assert_int_eq(records_next(&records, &data), 0);
	ck_assert_uint_eq(diags.errors, sizes[_i].more != 0);
	if (sizes[_i].more) {
		char want[128], *shown = printed(&diags);
		snprintf(want, sizeof(want),
			 "r: error: ends within record %zu: %zu of its 64 bytes are there\n", n + 1,
			 sizes[_i].more);
		ck_assert_str_eq(shown, want);
		free(shown);
	}
	records_close(&records);
	records_close(&records);
	diags_done(&diags);
}
END_TEST

START_TEST(unreadable)
{
	struct records records;
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_lt(records_open("missing", &diags, &records), 0);
	ck_assert_int_lt(records_open(".", &diags, &records), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_lt(records_open("fifo", &diags, &records), 0);
	ck_assert_uint_eq(diags.errors, 3);
	diags_done(&diags);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, enter_folder, leave_folder);
	tcase_add_loop_test(tc, text, 0, COUNT_OF(texts));
	tcase_add_test(tc, many_lines);
	tcase_add_test(tc, too_long_a_line);
	tcase_add_loop_test(tc, binary, 0, COUNT_OF(sizes));
	tcase_add_test(tc, unreadable);
}

int main(void)
{
	return run_suite("records", add);
}
