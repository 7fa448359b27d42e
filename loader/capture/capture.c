/* SPDX-License-Identifier: MIT */
#include "loader/capture/capture.h"
#include "loader/ptrace/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer command lines are cut. */
#define COMMAND_MAX 256

void capture_init(struct capture *capture, struct diags *diags)
{
	*capture = (struct capture){ .diags = diags };
	arena_init(&capture->arena);
	capture->last_row = &capture->rows;
}

void capture_done(struct capture *capture)
{
	arena_done(&capture->arena);
}

struct row *capture_row(struct capture *capture, enum row_kind kind, pid_t tgid, pid_t tid)
{
	struct row *row = arena_alloc(&capture->arena, sizeof(*row));
	struct task_status status = { .name = "" };
	char command[COMMAND_MAX];

	task_command(tid, command, sizeof(command));
	task_status(tid, &status);
	*row = (struct row){
		.kind = kind,
		.command = arena_text(&capture->arena, command, strlen(command)),
		.name = arena_text(&capture->arena, status.name, strlen(status.name)),
		.tgid = tgid,
		.tid = tid,
		.abi = VD_ABI_NONE,
	};
	*capture->last_row = row;
	capture->last_row = &row->next;
	return row;
}

void capture_missed(struct capture *capture, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	int r = vasprintf(&text, fmt, ap);
	va_end(ap);
	capture->incomplete = true;
	diag_file_error(capture->diags, "verdict capture", "%s", r < 0 ? "out of memory" : text);
	if (r >= 0)
		free(text);
}

struct stack_node *capture_read_stack(struct capture *capture, pid_t tid)
{
	struct stack_node *node = &capture->root;
	struct task_filters filters;
	char why[FILTERS_WHY_MAX];

	if (task_filters_read_stopped(tid, &filters, why) < 0)
		return NULL;
	for (size_t i = 0; i < filters.n; i++)
		node = stack_with(&capture->arena, node, filters.items[i].insns, filters.items[i].len);
	task_filters_done(&filters);
	return node;
}
