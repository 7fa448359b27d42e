/* SPDX-License-Identifier: MIT */
#include "loader/testing.h"
#include "loader/text.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct diags diags;

static void write_long(const char *path, size_t len)
{
	FILE *out = fopen(path, "w");

	for (size_t i = 0; i < len; i++)
		putc('a' + (int)(i % 26), out);
	fclose(out);
}

static void make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void enter(void)
{
	enter_folder();
	diags_init(&diags);
	write_long("long", 200000);
	make_socket("socket");
	ck_assert_int_eq(mkfifo("fifo", 0666), 0);
	ck_assert_int_eq(mkdir("folder", 0777), 0);
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	close(STDIN_FILENO);
}

static void leave(void)
{
	diags_done(&diags);
	leave_folder();
}

static const struct {
	const char *path;
	size_t limit;
	const char *why; /* NULL: it is read */
} files[] = {
	{ "long", 0, NULL },
	{ "long", 200000, NULL },
	{ "long", 199999, "long: error: is larger than 199999 bytes\n" },
	{ "/dev/null", 0, NULL },
	{ "/dev/../dev/null", 0, NULL },
	{ "/./dev/null", 0, "/./dev/null: error: is a device, not a file\n" },
	{ "/dev/zero", 70000, "/dev/zero: error: is larger than 70000 bytes\n" },
	{ "socket", 0, "socket: error: is a socket, not a file\n" },
	{ "fifo", 0, "fifo: error: is a FIFO, not a file (use - to read from a pipe)\n" },
	{ "folder", 0, "folder: error: is a folder, not a file\n" },
	{ "folder/none", 0, "folder/none: error: No such file or directory\n" },
	{ "long/none", 0, "long/none: error: Not a directory\n" },
	{ "loop", 0, "loop: error: Too many levels of symbolic links\n" },
	{ "/proc/self/mem", 0, "/proc/self/mem: error: Input/output error\n" },
	{ "-", 0, "<stdin>: error: is closed\n" },
};

START_TEST(what_is_read)
{
	struct text text = { .len = 1 };
	int r = text_read(files[_i].path, files[_i].limit, NULL, &diags, &text);
	char *shown = printed(&diags);

	ck_assert_str_eq(shown, files[_i].why ? files[_i].why : "");
	ck_assert_int_eq(r, files[_i].why ? -1 : 0);
	free(shown);
	if (r < 0) {
		ck_assert_uint_eq(text.len, 1);
		return;
	}
	ck_assert_str_eq(text.name, files[_i].path);
	ck_assert_uint_eq(text.len, files[_i].path[0] == '/' ? 0 : 200000);
	ck_assert_uint_eq(strlen(text.data), text.len);
	for (size_t i = 0; i < text.len; i++)
		ck_assert_int_eq(text.data[i], 'a' + (int)(i % 26));
	text_done(&text);
}
END_TEST

START_TEST(place_of_the_name)
{
	struct text outer = text_of("read: socket\n"), text;
	struct span place = { &outer, 6, 6 };

	ck_assert_int_lt(text_read("socket", 0, &place, &diags, &text), 0);
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "test:1:7: error: socket: is a socket, not a file\n"
				"    1 | read: socket\n"
				"      |       ^~~~~~\n");
	free(shown);
	text_done(&outer);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_loop_test(tc, what_is_read, 0, sizeof(files) / sizeof(*files));
	tcase_add_test(tc, place_of_the_name);
}

int main(void)
{
	return run_suite("texts", add);
}
