/* SPDX-License-Identifier: MIT */
/* A call that a log tells of. */
#ifndef LOADER_LOG_CALL_H
#define LOADER_LOG_CALL_H

#include "vm/verdict.h"

#define LOG_COMM 16

/*
 * Words that the log does not give are 0 in data and set in open, bit w for
 * the one at offset 4*w of a little-endian machine's struct seccomp_data
 * (vd_stack_run_open()).
 */
struct log_call {
	struct seccomp_data data;
	uint16_t open;
	uint32_t pid; /* 0: not told */
	char comm[LOG_COMM];
};

#define LOG_OPEN_IP 0x000c
#define LOG_OPEN_LOW(arg) (uint16_t)(1u << (4 + 2 * (arg)))
#define LOG_OPEN_HIGH(arg) (uint16_t)(2u << (4 + 2 * (arg)))
#define LOG_OPEN_ARG(arg) (uint16_t)(3u << (4 + 2 * (arg)))

/* Why a line is no call, and at which byte of it that shows. */
struct log_fault {
	const char *why; /* static storage */
	size_t at, len;	 /* len 0: a point */
};

#endif
