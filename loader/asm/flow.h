/* SPDX-License-Identifier: MIT */
/*
 * Jumps to instructions turned into jumps by offsets; what is too far for the
 * 8 bits of a branch goes through inserted instructions. Shared by the
 * assembler and the compiler of rules.
 */
#ifndef LOADER_ASM_FLOW_H
#define LOADER_ASM_FLOW_H

#include "vm/verdict.h"

#define FLOW_LEN_MAX 4096 /* linux/bpf_common.h: BPF_MAXINSNS */

enum flow_kind {
	FLOW_PLAIN,   /* code and k as they are */
	FLOW_LITERAL, /* code, jt, jf and k as they are: what its offsets skip must not have grown */
	FLOW_JA,      /* to true_at */
	FLOW_BRANCH,  /* to true_at or false_at */
};

struct flow_insn {
	uint16_t code;
	uint8_t jt, jf; /* FLOW_LITERAL */
	uint32_t k;
	enum flow_kind kind;
	size_t true_at, false_at; /* indices of later instructions */
};

/*
 * copy_rets: a branch that cannot reach a RET gets a RET of its own instead of
 * a jump, which is as long and executes one instruction less. Calls
 * broken_literal (may be NULL) for each FLOW_LITERAL whose offsets are no longer right. The
 * result may be longer than FLOW_LEN_MAX. 0, -ENOMEM or -EINVAL (broken_literal was called).
 */
int flow_lay_out(const struct flow_insn *insns, size_t n, bool copy_rets,
		 void (*broken_literal)(void *userdata, size_t i), void *userdata,
		 struct sock_filter **ret_insns, size_t *ret_len);

#endif
