/* SPDX-License-Identifier: MIT */
/*
 * The record mix that speed is measured with: nine tenths common x86-64 calls,
 * the rest spread over nr < 470, one record in twenty i386, arguments mixed from
 * small, 32-bit and 64-bit values. Uniform random numbers would mostly take a
 * filter's default path and flatter every evaluator.
 */
#ifndef BENCH_MIX_H
#define BENCH_MIX_H

#include "vm/random.h"

/* The next record of the mix; the same random state gives the same ones everywhere. */
void mix_record(struct vd_random *random, struct seccomp_data *ret_data);

#endif
