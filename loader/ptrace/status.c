/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The whole file; status has about 1,500 bytes. */
#define STATUS_SIZE 8192

/* Reads /proc/TID/NAME into buf, with a NUL behind it. Its length or -errno. */
static ssize_t read_proc(pid_t tid, const char *name, char *buf, size_t size)
{
	char path[64];
	size_t len = 0;
	ssize_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		n = -errno;
	close(fd);
	buf[len] = '\0';
	return n < 0 ? n : (ssize_t)len;
}

/* What follows "\nKEY:\t"; NULL: no such line. */
static const char *value_of(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, "\t ");
	}
	return NULL;
}

static int number_of(const char *text, const char *key, int missing)
{
	const char *value = value_of(text, key);

	return value ? (int)strtol(value, NULL, 10) : missing;
}

pid_t task_id_parse(const char *text)
{
	unsigned long id = strtoul(text, NULL, 10);
	bool digits = strspn(text, "0123456789") == strlen(text);

	return digits && strlen(text) < 11 && id <= INT_MAX ? (pid_t)id : 0;
}

int task_status(pid_t tid, struct task_status *ret_status)
{
	char text[STATUS_SIZE];
	ssize_t len = read_proc(tid, "status", text, sizeof(text));

	if (len <= 0)
		return len < 0 ? (int)len : -ESRCH;
	const char *name = value_of(text, "Name"), *state = value_of(text, "State"),
		   *caps = value_of(text, "CapEff");
	*ret_status = (struct task_status){
		.state = state ? *state : '?',
		.tgid = number_of(text, "Tgid", 0),
		.ppid = number_of(text, "PPid", 0),
		.tracer = number_of(text, "TracerPid", 0),
		.caps = caps ? strtoull(caps, NULL, 16) : 0,
		.memory = number_of(text, "VmSize", 0),
		.seccomp = number_of(text, "Seccomp", -1),
		.filters = number_of(text, "Seccomp_filters", -1),
	};
	if (name)
		snprintf(ret_status->name, sizeof(ret_status->name), "%.*s", (int)strcspn(name, "\n"), name);
	return 0;
}

void task_command(pid_t tid, char *buf, size_t size)
{
	ssize_t len = read_proc(tid, "cmdline", buf, size);
	struct task_status status;

	while (len > 0 && buf[len - 1] == '\0')
		len--;
	for (ssize_t i = 0; i < len; i++)
		if (buf[i] == '\0')
			buf[i] = ' ';
	if (len > 0)
		return;
	if (task_status(tid, &status) == 0)
		snprintf(buf, size, "[%s]", status.name);
	else
		snprintf(buf, size, "[?]");
}
