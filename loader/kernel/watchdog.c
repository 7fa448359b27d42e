/* SPDX-License-Identifier: MIT */
#include "loader/kernel/watchdog.h"

#include <signal.h>
#include <time.h>

#define LIMIT_SECONDS 10

/* Counts seconds that it was awake for, so that being stopped with the whole process is no lateness. */
static void *watch(void *arg)
{
	struct watchdog *watchdog = arg;
	unsigned long seen = 0;
	int late = 0;

	pthread_mutex_lock(&watchdog->lock);
	while (!watchdog->leave) {
		struct timespec until;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &until);
		unsigned long turns = atomic_load(&watchdog->turns);
		late = turns == seen && turns % 2 ? late + 1 : 0;
		seen = turns;
		if (late > LIMIT_SECONDS && !watchdog->leave) {
			atomic_store(&watchdog->bit, true);
			kill(-watchdog->group, SIGKILL);
		}
	}
	pthread_mutex_unlock(&watchdog->lock);
	return NULL;
}

int watchdog_start(struct watchdog *watchdog, pid_t group)
{
	pthread_condattr_t attr;
	sigset_t all, old;

	watchdog->group = group;
	pthread_mutex_init(&watchdog->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&watchdog->wake, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	int error = pthread_create(&watchdog->thread, NULL, watch, watchdog);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	watchdog->started = !error;
	return -error;
}

void watchdog_stop(struct watchdog *watchdog)
{
	if (!watchdog->started)
		return;
	pthread_mutex_lock(&watchdog->lock);
	watchdog->leave = true;
	pthread_cond_signal(&watchdog->wake);
	pthread_mutex_unlock(&watchdog->lock);
	pthread_join(watchdog->thread, NULL);
	pthread_cond_destroy(&watchdog->wake);
	pthread_mutex_destroy(&watchdog->lock);
}

void watchdog_turn(struct watchdog *watchdog)
{
	atomic_fetch_add(&watchdog->turns, 1);
}

bool watchdog_bit(struct watchdog *watchdog)
{
	return atomic_load(&watchdog->bit);
}
