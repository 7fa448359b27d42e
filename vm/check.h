/* SPDX-License-Identifier: MIT */
/* The kernel's rules (net/core/filter.c: bpf_check_classic, kernel/seccomp.c: seccomp_check_filter). */
#ifndef VM_CHECK_H
#define VM_CHECK_H

#include "vm/verdict.h"

/* linux/bpf_common.h: BPF_MAXINSNS */
#define VD_PROG_LEN_MAX 4096u

/*
 * What is wrong with instruction pc of a program of len instructions, looked at
 * alone: opcode, operand, jump targets. Writes at most two errors (jt and jf)
 * into ret_errors; returns how many.
 */
size_t vd_check_insn(const struct sock_filter *insns, size_t len, size_t pc, struct vd_error ret_errors[2]);

/* The converted length of one instruction (net/core/filter.c: bpf_convert_filter). */
unsigned vd_converted_len(const struct sock_filter *insn);
/* What the conversion adds in front of every program. */
#define VD_CONVERTED_PROLOGUE 3u

#endif
