/* SPDX-License-Identifier: MIT */
/*
 * The interpreter: one function, specialised by the compiler for each of its
 * uses, so that hooks and counters that are not wanted cost nothing.
 */
#ifndef VM_RUN_H
#define VM_RUN_H

#include "vm/prog.h"

/* What a specialisation watches. Constant at every call of vd_exec(). */
struct vd_watch {
	vd_trace_fn trace; /* NULL: no trace */
	void *userdata;
	int filter;
	uint16_t open; /* words whose load ends the run, as bits */
	int hit;       /* out: the open word that was loaded, -1: none */
	unsigned insns; /* out: instructions executed are added here */
	uint8_t *edges; /* set to 1 where a jump is false ([2 * pc]), or true ([2 * pc + 1]) */
	bool fresh;     /* out: some edge was taken that was not before */
};

#define VD_ALWAYS_INLINE inline __attribute__((always_inline))

/*
 * Runs a checked program on a record's words and returns its value. The flags
 * say which parts of watch are in use. Deliberately one loop: its length is the
 * instruction table's.
 */
static VD_ALWAYS_INLINE uint32_t vd_exec(const struct vd_insn *pc, const uint32_t *w, struct vd_watch *watch,
					 bool count, bool trace, bool opens, bool edges)
{
	uint32_t a = 0, x = 0, m[VD_MEM_WORDS];
	const struct vd_insn *begin = pc;
	unsigned executed = 0;

#define SET_A(e) a = (e)
#define SET_X(e) x = (e)
#define SET_M(e) m[k] = (e)
#define BRANCH(c)                                                          \
	do {                                                               \
		bool taken = (c);                                          \
		if (edges) {                                               \
			uint8_t *edge = watch->edges + 2 * (pc - begin) + taken; \
			watch->fresh |= !*edge;                            \
			*edge = 1;                                         \
		}                                                          \
		pc += taken ? pc->jt : pc->jf;                             \
	} while (0)
#define SKIP pc += k
#define RETURN(e)                                  \
	do {                                    \
		if (count)                      \
			watch->insns += executed; \
		return (e);                     \
	} while (0)
	for (;; pc++) {
		uint32_t k = pc->k;

		executed++;
		if (trace)
			watch->trace(watch->userdata, watch->filter, (unsigned)(pc - begin), a, x);
		if (opens && pc->op == VD_OP_LD_ABS && (watch->open >> (k / 4) & 1)) {
			watch->hit = (int)(k / 4);
			return 0;
		}
		switch ((enum vd_op)pc->op) {
#define ROW(id, code, mnemonic, form, effect) \
	case VD_OP_##id:                      \
		effect;                       \
		break;
			VD_ISA(ROW)
#undef ROW
		case VD_OPS:
			__builtin_unreachable();
		}
	}
#undef SET_A
#undef SET_X
#undef SET_M
#undef BRANCH
#undef SKIP
#undef RETURN
}

#endif
