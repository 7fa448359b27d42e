/* SPDX-License-Identifier: MIT */
/*
 * Whether the running kernel would take a program, without installing it: in a
 * task that has a listener seccomp(2) with NEW_LISTENER answers EBUSY for a
 * program it would take and EINVAL for one it would not. A process of its own
 * is that task.
 */
#ifndef LOADER_KERNEL_PROBE_H
#define LOADER_KERNEL_PROBE_H

#include <linux/filter.h>
#include <stddef.h>

struct kernel_prober;

/* -errno: the kernel cannot be asked, see kernel_prober_explain(). */
int kernel_prober_new(struct kernel_prober **ret_prober);
void kernel_prober_free(struct kernel_prober *prober); /* NULL is fine */
/* One line for people; static storage. */
const char *kernel_prober_explain(int error);

/* Programs are at most this long: one more than any kernel takes. */
#define KERNEL_PROBE_LEN_MAX 4097

/*
 * 0: it would take the program; a positive errno: it would not; a negative one:
 * it could not be asked. Length 0 is asked as it is. One thread at a time.
 */
int kernel_prober_ask(struct kernel_prober *prober, const struct sock_filter *insns, size_t len);

/* The same for several: most of what one costs is the way to the process and back. */
struct kernel_probe {
	const struct sock_filter *insns;
	size_t len;
	int answer; /* out: as kernel_prober_ask() returns */
};

void kernel_prober_ask_all(struct kernel_prober *prober, struct kernel_probe *probes, size_t n);

#endif
