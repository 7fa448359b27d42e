/* SPDX-License-Identifier: MIT */
/*
 * The supervisor's end of seccomp's notifications: a listener, its buffers (as
 * large as this kernel says), what was received, and replies.
 */
#ifndef LOADER_SUPERVISE_NOTIF_H
#define LOADER_SUPERVISE_NOTIF_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Whether a program may return USER_NOTIF: certainly, by a RET K that does, or
 * else by a RET A.
 */
struct sock_filter;
bool notif_possible(const struct sock_filter *insns, size_t len, bool certainly);

struct notif {
	int listener;
	struct seccomp_notif_sizes sizes;
	struct seccomp_notif *request; /* the latest */
	struct seccomp_notif_resp *response;
};

/* Takes the listener, also when it fails. 0 or -errno. */
int notif_init(struct notif *notif, int listener);
void notif_done(struct notif *notif);

/*
 * Waits at most limit_ms (-1: for ever) for a notification and receives it. 0;
 * -ETIMEDOUT; -ENOENT: the target was interrupted or killed before it was
 * received; -EPIPE: no task has the filter any more.
 */
int notif_receive(struct notif *notif, int limit_ms);

/* Whether the call still waits for its reply. */
bool notif_valid(const struct notif *notif, uint64_t id);

/* Replies to the latest: with value, or a positive errno, or that the call is to run. 0 or -errno (-ENOENT:
 * gone). */
int notif_reply(struct notif *notif, int64_t value, int error);
int notif_continue(struct notif *notif);

/*
 * Puts a copy of a descriptor into the target: at a number (-1: any), and with
 * send as the call's result. The number in the target, or -errno.
 */
int notif_add_fd(const struct notif *notif, int fd, int at, bool send);

/*
 * Reads memory of the task whose notification is the latest. The id is checked
 * when its memory is open, and again behind the reading: what was read was its
 * memory then. How many bytes (0: the task is dead); -ENOENT: the call waits no
 * more; other -errno.
 */
ssize_t notif_read(const struct notif *notif, uint64_t address, void *buf, size_t len);
/* The same for a string of at most size - 1 bytes; its length. -ENAMETOOLONG: it does not end there. */
ssize_t notif_read_string(const struct notif *notif, uint64_t address, char *buf, size_t size);

#endif
