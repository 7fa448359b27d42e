/* SPDX-License-Identifier: MIT */
/*
 * What was captured: stacks, and who asked for the filters in them. Gathered by
 * following a command (follow.c) or by asking the kernel for a live process's
 * (live.c), written as a folder (write.c).
 */
#ifndef LOADER_CAPTURE_CAPTURE_H
#define LOADER_CAPTURE_CAPTURE_H

#include "loader/capture/request.h"
#include "loader/capture/stacks.h"
#include "loader/diag.h"

/* A task that has a row: which stack it had when it ended. */
struct holder {
	struct stack_node *stack;
};

enum row_kind {
	ROW_SECCOMP,   /* it called seccomp(2) */
	ROW_PRCTL,     /* it called prctl(PR_SET_SECCOMP) */
	ROW_INHERITED, /* it was born with the stack */
	ROW_LIVE,      /* it was running with the filter */
};

/* Where a program was read. */
enum row_origin { ORIGIN_NONE, ORIGIN_KERNEL, ORIGIN_MEMORY };

struct row {
	struct row *next;
	enum row_kind kind;
	const char *command; /* how the task was called */
	const char *name;    /* its short name, for the folder's */
	pid_t tgid, tid;
	int abi;
	uint64_t flags;
	int64_t result;
	const char *instead; /* of a result, where the call gave none; else NULL */
	size_t len;
	enum row_origin origin;
	struct stack_node *node;     /* the filter's place; NULL: refused */
	const struct holder *holder; /* whose stack it is a part of */
	bool names_folder;	     /* no earlier row is of its stack */
};

struct capture {
	struct arena arena;
	struct stack_node root; /* the empty stack */
	unsigned base;		/* filters that the tasks had before anything was seen */
	struct row *rows, **last_row;
	size_t installed, refused;
	struct diags *diags;
	bool incomplete; /* something was missed; it has been diagnosed */
};

void capture_init(struct capture *capture, struct diags *diags);
void capture_done(struct capture *capture);

/* A row at the end, with the task's command and name filled in. */
struct row *capture_row(struct capture *capture, enum row_kind kind, pid_t tgid, pid_t tid);

/* A shortcoming or a remark: one line on the diagnostics. */
void capture_missed(struct capture *capture, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts a task's stack, as the kernel tells it, into the tree. Its node; NULL: diagnosed. */
struct stack_node *capture_read_stack(struct capture *capture, pid_t tid);

/*
 * Runs a command to its end. 0: *ret_status is its wait status; -1: diagnosed;
 * over 0: it did not run (diagnosed), the exit status to use.
 */
int capture_follow(struct capture *capture, char *const *argv, int *ret_status);

/* The stacks of a process's threads. The number of threads that have filters; -1: diagnosed. */
int capture_live(struct capture *capture, pid_t pid);

/* Writes stacks and index.tsv into an empty folder. Number of stacks, or -1 (diagnosed). */
int capture_write(struct capture *capture, const char *folder);
/* What a folder can be called after: letters and digits of a task's name. */
void capture_plain_name(const char *name, char *buf, size_t size);

#endif
