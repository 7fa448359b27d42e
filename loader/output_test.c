/* SPDX-License-Identifier: MIT */
#include "loader/output.h"
#include "loader/testing.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static struct diags diags;

static void enter(void)
{
	enter_folder();
	diags_init(&diags);
}

static void leave(void)
{
	diags_done(&diags);
	leave_folder();
}

static void write_file(const char *path, const char *content)
{
	FILE *out = fopen(path, "w");

	fputs(content, out);
	fclose(out);
}

static const char *content_of(const char *path)
{
	static char buf[64];
	FILE *in = fopen(path, "r");
	size_t n = in ? fread(buf, 1, sizeof(buf) - 1, in) : 0;

	buf[n] = '\0';
	if (in)
		fclose(in);
	return in ? buf : "(none)";
}

/* How many files there are: nothing temporary may stay. */
static int files(void)
{
	DIR *dir = opendir(".");
	int n = 0;

	for (struct dirent *entry; (entry = readdir(dir));)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

START_TEST(appears_when_complete)
{
	struct output output;

	ck_assert_int_eq(output_open("f", &diags, &output), 0);
	fputs("new", output.file);
	fflush(output.file);
	ck_assert_str_eq(content_of("f"), "(none)");
	ck_assert_int_eq(output_commit(&output, &diags), 0);
	ck_assert_str_eq(content_of("f"), "new");
	ck_assert_int_eq(files(), 1);
}
END_TEST

START_TEST(abort_leaves_the_old_file)
{
	struct output output;

	write_file("f", "old");
	ck_assert_int_eq(output_open("f", &diags, &output), 0);
	fputs("new", output.file);
	output_abort(&output);
	output_abort(&output);
	ck_assert_str_eq(content_of("f"), "old");
	ck_assert_int_eq(files(), 1);
}
END_TEST

START_TEST(modes)
{
	struct output output;
	struct stat st;

	umask(022);
	ck_assert_int_eq(output_open("f", &diags, &output), 0);
	ck_assert_int_eq(output_commit(&output, &diags), 0);
	stat("f", &st);
	ck_assert_int_eq(st.st_mode & 07777, 0644);
	chmod("f", 0600);
	ck_assert_int_eq(output_open("f", &diags, &output), 0);
	ck_assert_int_eq(output_commit(&output, &diags), 0);
	stat("f", &st);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(symbolic_link_stays)
{
	struct output output;
	struct stat st;

	write_file("f", "old");
	ck_assert_int_eq(symlink("f", "link"), 0);
	ck_assert_int_eq(output_open("link", &diags, &output), 0);
	fputs("new", output.file);
	ck_assert_int_eq(output_commit(&output, &diags), 0);
	ck_assert_str_eq(content_of("f"), "new");
	lstat("link", &st);
	ck_assert(S_ISLNK(st.st_mode));
}
END_TEST

START_TEST(what_cannot_be_written)
{
	struct output output;

	ck_assert_int_lt(output_open("missing/f", &diags, &output), 0);
	ck_assert_int_lt(output_open(".", &diags, &output), 0);
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "missing/f: error: cannot be written: No such file or directory\n"
				".: error: cannot be written: Is a directory\n");
	free(shown);
}
END_TEST

/* Meanwhile somebody made a folder of that name. */
START_TEST(cannot_be_renamed)
{
	struct output output;

	ck_assert_int_eq(output_open("f", &diags, &output), 0);
	fputs("new", output.file);
	ck_assert_int_eq(mkdir("f", 0777), 0);
	ck_assert_int_lt(output_commit(&output, &diags), 0);
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "f: error: cannot be written: Is a directory\n");
	free(shown);
	ck_assert_int_eq(files(), 1);
}
END_TEST

START_TEST(full_disk)
{
	struct output output;

	ck_assert_int_eq(output_open("/dev/full", &diags, &output), 0);
	fputs("new", output.file);
	ck_assert_int_lt(output_commit(&output, &diags), 0);
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "/dev/full: error: cannot be written: No space left on device\n");
	free(shown);
}
END_TEST

START_TEST(standard_output)
{
	struct output output;

	ck_assert_int_eq(output_open("-", &diags, &output), 0);
	ck_assert_ptr_eq(output.file, stdout);
	ck_assert_int_eq(output_commit(&output, &diags), 0);
	ck_assert_int_eq(output_open(NULL, &diags, &output), 0);
	output_abort(&output);
	ck_assert_int_eq(fflush(stdout), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, appears_when_complete);
	tcase_add_test(tc, abort_leaves_the_old_file);
	tcase_add_test(tc, modes);
	tcase_add_test(tc, symbolic_link_stays);
	tcase_add_test(tc, what_cannot_be_written);
	tcase_add_test(tc, cannot_be_renamed);
	tcase_add_test(tc, full_disk);
	tcase_add_test(tc, standard_output);
}

int main(void)
{
	return run_suite("output", add);
}
