/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/table.h"

#include <stdlib.h>

static struct tracee **bucket(const struct table *table, pid_t tid)
{
	return (struct tracee **)&table->buckets[(unsigned)tid % TABLE_BUCKETS];
}

struct tracee *table_find(const struct table *table, pid_t tid)
{
	struct tracee *task = *bucket(table, tid);

	while (task && task->tid != tid)
		task = task->next;
	return task;
}

static void link_in(struct table *table, struct tracee *task)
{
	struct tracee **head = bucket(table, task->tid);

	task->next = *head;
	*head = task;
	table->n++;
}

static void unlink_from(struct table *table, struct tracee *task)
{
	struct tracee **at = bucket(table, task->tid);

	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
	table->n--;
}

struct tracee *table_add(struct table *table, pid_t tid)
{
	struct tracee *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->tid = tid;
	link_in(table, task);
	return task;
}

void table_remove(struct table *table, struct tracee *task)
{
	unlink_from(table, task);
	free(task);
}

void table_rename(struct table *table, struct tracee *task, pid_t tid)
{
	unlink_from(table, task);
	task->tid = tid;
	link_in(table, task);
}

void table_each(struct table *table, void (*fn)(void *userdata, struct tracee *task), void *userdata)
{
	for (size_t i = 0; i < TABLE_BUCKETS; i++) {
		for (struct tracee *task = table->buckets[i], *next; task; task = next) {
			next = task->next;
			fn(userdata, task);
		}
	}
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < TABLE_BUCKETS; i++)
		while (table->buckets[i])
			table_remove(table, table->buckets[i]);
}
