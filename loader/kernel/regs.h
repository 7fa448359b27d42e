/* SPDX-License-Identifier: MIT */
/* Where the two entries of x86-64 have a call's arguments. */
#ifndef LOADER_KERNEL_REGS_H
#define LOADER_KERNEL_REGS_H

#if defined(__x86_64__)

#include <stdbool.h>
#include <stdint.h>
#include <sys/user.h>

static inline void regs_set_args(struct user_regs_struct *regs, bool int80, const uint64_t args[6])
{
	if (int80) {
		regs->rbx = args[0];
		regs->rcx = args[1];
		regs->rdx = args[2];
		regs->rsi = args[3];
		regs->rdi = args[4];
		regs->rbp = args[5];
		return;
	}
	regs->rdi = args[0];
	regs->rsi = args[1];
	regs->rdx = args[2];
	regs->r10 = args[3];
	regs->r8 = args[4];
	regs->r9 = args[5];
}

#endif

#endif
