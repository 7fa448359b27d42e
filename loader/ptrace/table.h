/* SPDX-License-Identifier: MIT */
/* The tasks of a tracer, by their ids. */
#ifndef LOADER_PTRACE_TABLE_H
#define LOADER_PTRACE_TABLE_H

#include "loader/ptrace/tracer.h"

#define TABLE_BUCKETS 1024

struct table {
	struct tracee *buckets[TABLE_BUCKETS];
	size_t n;
};

struct tracee *table_find(const struct table *table, pid_t tid);
/* NULL: no memory. The id must not be in the table. */
struct tracee *table_add(struct table *table, pid_t tid);
/* Frees the task. */
void table_remove(struct table *table, struct tracee *task);
/* The same task under another id. */
void table_rename(struct table *table, struct tracee *task, pid_t tid);
/* fn may remove the task that it is called for. */
void table_each(struct table *table, void (*fn)(void *userdata, struct tracee *task), void *userdata);
void table_done(struct table *table);

#endif
