/* SPDX-License-Identifier: MIT */
/*
 * A target and its supervisor. The target is a child of the calling thread that
 * has a courier: a process that shares the target's descriptors, but not its
 * filters. When the target has a listener, the courier sends it to the
 * supervisor over a UNIX socket and closes it in the target, so that none of the
 * target's own calls is needed, whatever its filters say to them.
 */
#ifndef LOADER_SUPERVISE_FAMILY_H
#define LOADER_SUPERVISE_FAMILY_H

#include <stdbool.h>
#include <sys/types.h>

struct courier;

struct family {
	pid_t target, courier;
	int socket;
	struct courier *shared;
};

/* The target's life; it returns its exit status. It may have no more than this thread, and no locks. */
typedef int (*target_fn)(void *userdata, struct courier *courier);

/*
 * orphaned: what is to be done (by the courier) when the caller's process ends
 * before its time, whatever ends it: the target is killed then. NULL: the target
 * outlives the caller, but not before the courier was dismissed. The target is
 * of the caller's process group when this returns. 0 or -errno.
 */
typedef void (*orphaned_fn)(void *userdata);
int family_start(target_fn run, void *userdata, orphaned_fn orphaned, struct family *ret_family);
/* The next listener that the target handed over: a descriptor, or -errno (-ETIMEDOUT). */
int family_take(struct family *family, int limit_ms);
/* Whether the courier is still there: it may have been killed from outside, or dismissed. */
bool family_has_courier(struct family *family);
/* The courier's work is done. */
void family_dismiss(struct family *family);
/* Dismisses the courier and gives back memory and socket; the target is the caller's to wait for. */
void family_done(struct family *family);

/* In the target: hands a descriptor over and returns when it is closed here. Makes no system call. */
void courier_hand(struct courier *courier, int fd);

#endif
