/* SPDX-License-Identifier: MIT */
/*
 * Names, number and types of x86_64's arguments against the running kernel's own
 * description of its system calls, events/syscalls/ in tracefs.
 */
#include "vm/testing.h"
#include "vm/verdict.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#define TRACEFS "/sys/kernel/tracing"
#define EVENTS TRACEFS "/events/syscalls"

/* Events are named for the function, which is not always the call's name. */
static const struct {
	const char *event, *call;
} renamed[] = {
	{ "newstat", "stat" },	 { "newfstat", "fstat" },      { "newlstat", "lstat" },
	{ "newuname", "uname" }, { "sendfile64", "sendfile" }, { "umount", "umount2" },
};

/*
 * Where kernels from 6.1 on differ from the one that the tables were made from: another
 * type of the argument, or none, as the argument came later.
 */
static const struct {
	const char *call, *name, *type;
} older[] = {
	{ "bpf", "uattr_common", NULL },
	{ "bpf", "size_common", NULL },
	{ "getcpu", "unused", "structgetcpu_cache*" },
	{ "name_to_handle_at", "mnt_id", "int*" },
	{ "semop", "nsops", "unsigned" },
};

static bool is_older(const char *call, const char *name, const char *type)
{
	for (size_t i = 0; i < COUNT_OF(older); i++)
		if (strcmp(call, older[i].call) == 0 && strcmp(name, older[i].name) == 0)
			return type && older[i].type ? strcmp(type, older[i].type) == 0
						     : type == older[i].type;
	return false;
}

static const char *call_of(const char *event)
{
	for (size_t i = 0; i < COUNT_OF(renamed); i++)
		if (strcmp(event, renamed[i].event) == 0)
			return renamed[i].call;
	return event;
}

static void drop_spaces(const char *text, size_t len, char *ret_text)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (!isspace((unsigned char)text[i]))
			ret_text[n++] = text[i];
	ret_text[n] = '\0';
}

/* "	field:const char * filename;	offset:24; ..." is type and name. */
static bool split(const char *line, char *type, char *name)
{
	const char *start = strstr(line, "field:"), *end, *last;

	if (!start)
		return false;
	start += strlen("field:");
	end = strchr(start, ';');
	ck_assert(end && end - start < 128);
	for (last = end; isalnum((unsigned char)last[-1]) || last[-1] == '_'; last--)
		;
	drop_spaces(start, (size_t)(last - start), type);
	drop_spaces(last, (size_t)(end - last), name);
	return strncmp(name, "common_", 7) != 0 && strcmp(name, "__syscall_nr") != 0;
}

static void check_arg(const char *call, const struct vd_arg *arg, const char *type,
		      const char *name)
{
	char ours[128];

	ck_assert_msg(strcmp(arg->name, name) == 0, "%s: %s, the kernel says %s", call, arg->name,
		      name);
	drop_spaces(arg->type, strlen(arg->type), ours);
	ck_assert_msg(strcmp(ours, type) == 0 || is_older(call, name, type),
		      "%s %s: %s, the kernel says %s", call, name, ours, type);
}

static void check_event(const char *event)
{
	const char *call = call_of(event);
	char path[512], line[512], type[128], name[128];
	struct vd_arg args[6];
	int n = 0, count;
	uint32_t nr;
	FILE *file;

	ck_assert_msg(vd_syscall_number(VD_ABI_X86_64, call, strlen(call), &nr) == 0, "no %s",
		      call);
	count = vd_syscall_args(VD_ABI_X86_64, nr, args);
	ck_assert_msg(count >= 0, "%s: arguments unknown", call);
	snprintf(path, sizeof(path), EVENTS "/sys_enter_%s/format", event);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s", path);
	while (fgets(line, sizeof(line), file)) {
		if (!split(line, type, name))
			continue;
		ck_assert_msg(n < count, "%s: %s is one argument too many", call, name);
		check_arg(call, &args[n++], type, name);
	}
	fclose(file);
	while (n < count && is_older(call, args[count - 1].name, NULL))
		count--;
	ck_assert_msg(n == count, "%s: %d arguments, the kernel says %d", call, count, n);
}

static int check_events(void)
{
	DIR *folder = opendir(EVENTS);
	struct dirent *entry;
	int events = 0;

	if (!folder)
		return -1;
	while ((entry = readdir(folder))) {
		if (strncmp(entry->d_name, "sys_enter_", 10) != 0)
			continue;
		check_event(entry->d_name + 10);
		events++;
	}
	closedir(folder);
	return events;
}

static bool native(void)
{
	struct utsname name;

	return uname(&name) == 0 && strcmp(name.machine, "x86_64") == 0;
}

/* Outside the test, so that a failure leaves nothing mounted. */
static bool mounted;

static void setup(void)
{
	if (native() && access(EVENTS, X_OK) != 0)
		mounted = mount("tracefs", TRACEFS, "tracefs", 0, NULL) == 0;
}

static void teardown(void)
{
	if (mounted)
		umount(TRACEFS);
}

START_TEST(arguments)
{
	int events;

	if (!native()) {
		printf("SKIP: arguments by tracefs: not an x86_64 kernel\n");
		fflush(stdout);
		return;
	}
	events = check_events();
	if (events < 0)
		printf("SKIP: arguments by tracefs: %s is not there or not readable\n", EVENTS);
	else
		ck_assert_int_gt(events, 250);
	fflush(stdout);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_test(tc, arguments);
}

int main(void)
{
	return run_suite("names/tracefs", add);
}
