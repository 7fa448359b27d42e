/* SPDX-License-Identifier: MIT */
/* A thread that kills a process group when a wait for one of it takes too long; for loader/kernel/ only. */
#ifndef LOADER_KERNEL_WATCHDOG_H
#define LOADER_KERNEL_WATCHDOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

struct watchdog {
	pthread_t thread;
	bool started;
	pid_t group; /* whose leader is not reaped before watchdog_stop(): the id stays its */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool leave;
	atomic_ulong turns; /* odd: a wait is on */
	atomic_bool bit;
};

/* The watchdog was zero, and stays where it is. 0 or -errno. */
int watchdog_start(struct watchdog *watchdog, pid_t group);
void watchdog_stop(struct watchdog *watchdog); /* one that was never started is fine */
/* A wait begins, or has ended. */
void watchdog_turn(struct watchdog *watchdog);
/* Whether a wait took too long, and all were killed. */
bool watchdog_bit(struct watchdog *watchdog);

#endif
