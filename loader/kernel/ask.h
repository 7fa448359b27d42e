/* SPDX-License-Identifier: MIT */
/* The behaviour oracle from the inside: one record asked of one worker. */
#ifndef LOADER_KERNEL_ASK_H
#define LOADER_KERNEL_ASK_H

#include "loader/kernel/packs.h"

/* Asks a pack's worker, which must live; afterwards it may be dead. 0 or -errno. */
int ask_fast(struct tasks *tasks, struct pack *pack, const struct seccomp_data *record,
	     struct kernel_seen *seen);
int ask_exact(struct tasks *tasks, struct pack *pack, const struct seccomp_data *record,
	      struct kernel_seen *seen);

#endif
