/* SPDX-License-Identifier: MIT */
/* How often which verdict was given. */
#ifndef LOADER_SUMMARY_H
#define LOADER_SUMMARY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Distinct values that are counted apart: RET A may return any number. */
#define SUMMARY_MAX 4096

struct summary {
	struct summary_count {
		uint32_t ret;
		uint64_t n;	   /* 0: free */
	} counts[2 * SUMMARY_MAX]; /* by hash */
	size_t distinct;
	uint64_t total, others;
};

void summary_add(struct summary *summary, uint32_t ret);
void summary_add_all(struct summary *summary, const uint32_t *rets, size_t n);
/* The most frequent first. */
void summary_print(struct summary *summary, FILE *out);

#endif
