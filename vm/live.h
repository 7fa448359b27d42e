/* SPDX-License-Identifier: MIT */
/* Which registers still matter: what is dead need not be merged, compared or remembered. */
#ifndef VM_LIVE_H
#define VM_LIVE_H

#include "vm/prog.h"

/* A, X, then scratch memory. */
enum { VD_REG_A, VD_REG_X, VD_REG_M, VD_REGS = VD_REG_M + VD_MEM_WORDS };
#define VD_REG_BIT(reg) (1u << (reg))

/* The registers that an instruction reads, and writes, as VD_REG_BIT()s. */
uint32_t vd_insn_reads(const struct vd_insn *insn);
uint32_t vd_insn_writes(const struct vd_insn *insn);

/* ret_live[prog->len]: for each instruction the registers read from there on before they are written. */
void vd_prog_live(const struct vd_prog *prog, uint32_t *ret_live);

#endif
