/* SPDX-License-Identifier: MIT */
/* The behaviour oracle's tasks: a stack in the kernel, and who is asked under it; for loader/kernel/ only. */
#ifndef LOADER_KERNEL_PACKS_H
#define LOADER_KERNEL_PACKS_H

#include "loader/kernel/behaviour.h"
#include "loader/kernel/tasks.h"

/* A stack as it goes into the kernel. */
struct images {
	struct kernel_image *items;
	size_t n;
};

/* A stack in the kernel, on top of one marker. */
struct pack {
	uint16_t marker;
	pid_t template; /* has the filters, and lends them; 0: there is none */
	pid_t leader;	/* of the process that is asked; its thread worker makes the calls */
	pid_t worker;
	bool in_call; /* the worker stands in a call, at the stop of TRACE */
};

/* A task under the root that may install filters and has none. 0 or -errno, as with all here. */
int pack_bare(struct tasks *tasks, pid_t *ret_task);
/* Installs a program in such a task. */
int pack_install(struct tasks *tasks, pid_t task, const struct kernel_image *image);

/* The template: the marker's filter and the images above it. */
int pack_template(struct tasks *tasks, const struct images *images, struct pack *pack);
/* A worker that can be asked: after a kill what is missing is cloned anew. */
int pack_ready(struct tasks *tasks, const struct images *images, struct pack *pack);
void pack_drop(struct pack *pack);

#endif
