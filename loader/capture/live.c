/* SPDX-License-Identifier: MIT */
/* The stacks that a live process's threads have. */
#include "loader/capture/capture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct stack_node *add_rows(struct capture *capture, pid_t pid, pid_t tid,
				   const struct task_filters *filters)
{
	struct holder *holder = arena_alloc(&capture->arena, sizeof(*holder));
	struct stack_node *node = &capture->root;

	for (size_t i = 0; i < filters->n; i++) {
		const struct task_filter *filter = &filters->items[i];
		struct row *row = capture_row(capture, ROW_LIVE, pid, tid);
		row->node = node = stack_with(&capture->arena, node, filter->insns, filter->len);
		row->holder = holder;
		row->len = filter->len;
		row->flags = filter->log ? SECCOMP_FILTER_FLAG_LOG : 0;
		row->origin = ORIGIN_KERNEL;
	}
	node->held = true;
	return holder->stack = node;
}

/* 1: it has filters, 0: none, or it has ended; -1: diagnosed. */
static int add_thread(struct capture *capture, pid_t pid, pid_t tid)
{
	struct task_filters filters;
	char why[FILTERS_WHY_MAX];
	int r = task_filters_read(tid, &filters, why);

	if (r == -ENODATA || r == -ESRCH)
		return 0;
	if (r < 0) {
		diag_file_error(capture->diags, "verdict capture", "%s", why);
		return -1;
	}
	add_rows(capture, pid, tid, &filters);
	task_filters_done(&filters);
	return 1;
}

static bool is_seen(const struct capture *capture, pid_t tid)
{
	const struct row *row = capture->rows;

	while (row && row->tid != tid)
		row = row->next;
	return row != NULL;
}

static int no_process(struct capture *capture, pid_t pid, int error)
{
	if (error == ENOENT)
		diag_file_error(capture->diags, "verdict capture", "no process has the id %d", pid);
	else
		diag_file_error(capture->diags, "verdict capture", "/proc/%d/task: %s", pid, strerror(error));
	return -1;
}

/* One pass over the threads: how many new ones have filters. */
static int add_threads(struct capture *capture, pid_t pid)
{
	const struct dirent *entry;
	char path[64];
	int n = 0, r = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *dir = opendir(path);
	if (!dir)
		return no_process(capture, pid, errno);
	while (r >= 0 && (entry = readdir(dir))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (tid <= 0 || is_seen(capture, tid))
			continue;
		r = add_thread(capture, pid, tid);
		n += r > 0;
	}
	closedir(dir);
	return r < 0 ? -1 : n;
}

int capture_live(struct capture *capture, pid_t pid)
{
	int threads = 0, n;

	/* Threads that were started meanwhile may have been missed: until a pass finds no more. */
	do {
		n = add_threads(capture, pid);
		threads += n;
	} while (n > 0);
	return n < 0 ? -1 : threads;
}
