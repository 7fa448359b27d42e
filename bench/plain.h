/* SPDX-License-Identifier: MIT */
/*
 * The yardstick of all ratios: the plain `switch` over opcodes that
 * everybody writes first, one program, one record in memory. Compiled with -O2
 * in a file of its own, so that nothing of it is inlined anywhere.
 */
#ifndef BENCH_PLAIN_H
#define BENCH_PLAIN_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

struct plain_filter {
	const struct sock_filter *insns;
	size_t len;
};
/* A stack, oldest first, by the kernel's rule. */
uint32_t plain_run_stack(const struct plain_filter *filters, size_t n, const struct seccomp_data *data);

#endif
