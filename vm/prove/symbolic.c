/* SPDX-License-Identifier: MIT */
#include "vm/prove/symbolic.h"
#include "vm/live.h"
#include "vm/prove/order.h"
#include "vm/prove/reach.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>

/* What is known where an instruction begins. Values are shared and never changed once made. */
struct state {
	vd_bdd path;			   /* the records that come here; BDD_FALSE: none so far */
	const struct vd_vec *reg[VD_REGS]; /* NULL: never read from here on */
	const struct vd_vec *count; /* instructions executed before: this and plus; NULL: not counted */
	uint32_t plus;
};

/* Vectors of one run, freed together. */
struct pool {
	struct chunk {
		struct chunk *next;
		struct vd_vec vecs[64];
	} * chunks;
	size_t used; /* of the first chunk */
	bool failed;
};

struct run {
	struct vd_bdds *bdds;
	const struct vd_prog *prog;
	struct vd_vec words[VD_RECORD_WORDS]; /* in the program's own layout */
	struct state *states;
	uint32_t *live; /* registers read at or behind each instruction before they are written, as
			   VD_REG_BIT()s */
	struct pool pool;
	size_t stepped; /* instructions that were looked at */
	struct vd_vec out, count;
	vd_bdd *points; /* the records that come by (reach.h), for those who ask that alone; else NULL */
};

static const struct vd_vec *keep(struct run *run, struct vd_vec vec)
{
	struct pool *pool = &run->pool;

	if (!pool->chunks || pool->used == 64) {
		struct chunk *chunk = malloc(sizeof(*chunk));
		if (!chunk) {
			pool->failed = true;
			return &run->out;
		}
		chunk->next = pool->chunks;
		pool->chunks = chunk;
		pool->used = 0;
	}
	pool->chunks->vecs[pool->used] = vec;
	return &pool->chunks->vecs[pool->used++];
}

static void pool_done(struct pool *pool)
{
	for (struct chunk *next; pool->chunks; pool->chunks = next) {
		next = pool->chunks->next;
		free(pool->chunks);
	}
}

/* ------------------------------------------------------------------ */
/* One pass in program order, which is topological: jumps go forward  */

/* The number of instructions of a state in one vector. */
static struct vd_vec count_of(struct run *run, const struct state *s)
{
	struct vd_vec plus = vd_vec_const(s->plus);

	return vd_vec_add(run->bdds, s->count, &plus);
}

static void arrive_counted(struct run *run, struct state *to, vd_bdd path, const struct state *from,
			   bool first)
{
	if (first) {
		to->count = from->count;
		to->plus = from->plus + 1;
	} else if (to->count != from->count || to->plus != from->plus + 1) {
		struct state next = { .count = from->count, .plus = from->plus + 1 };
		struct vd_vec one = count_of(run, &next), other = count_of(run, to);
		to->count = keep(run, vd_vec_ite(run->bdds, path, &one, &other));
		to->plus = 0;
	}
}

/* More records come to an instruction, with these registers. */
static void arrive(struct run *run, size_t pc, vd_bdd path, const struct state *from)
{
	struct state *to = &run->states[pc];
	bool first = to->path == BDD_FALSE;

	if (path == BDD_FALSE)
		return;
	for (unsigned r = 0; r < VD_REGS; r++) {
		if (!(run->live[pc] >> r & 1))
			to->reg[r] = NULL;
		else if (first || !to->reg[r])
			to->reg[r] = from->reg[r];
		else if (from->reg[r] && to->reg[r] != from->reg[r] &&
			 memcmp(to->reg[r], from->reg[r], sizeof(struct vd_vec)) != 0)
			to->reg[r] = keep(run, vd_vec_ite(run->bdds, path, from->reg[r], to->reg[r]));
	}
	if (from->count)
		arrive_counted(run, to, path, from, first);
	to->path = vd_bdd_or(run->bdds, to->path, path);
}

/* The value where path holds; where it never held it is 0. */
static void give(struct run *run, struct vd_vec *to, vd_bdd path, const struct vd_vec *value)
{
	for (unsigned i = 0; i < 32; i++)
		to->bit[i] = vd_bdd_or(run->bdds, to->bit[i], vd_bdd_and(run->bdds, path, value->bit[i]));
}

/* The records of a path end here. */
static void returns(struct run *run, vd_bdd path, const struct vd_vec *value, const struct state *s)
{
	if (run->points)
		return;
	give(run, &run->out, path, value);
	if (s->count) {
		struct state end = { .count = s->count, .plus = s->plus + 1 };
		struct vd_vec count = count_of(run, &end);
		give(run, &run->count, path, &count);
	}
}

static vd_bdd condition(struct run *run, int op, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec both;

	switch (op) {
	case VD_OP_JEQ_K:
	case VD_OP_JEQ_X:
		return vd_vec_equal(run->bdds, a, b);
	case VD_OP_JGT_K:
	case VD_OP_JGT_X:
		return vd_vec_less(run->bdds, b, a, 0);
	case VD_OP_JGE_K:
	case VD_OP_JGE_X:
		return vd_bdd_not(vd_vec_less(run->bdds, a, b, 0));
	default: /* JSET */
		both = vd_vec_and(run->bdds, a, b);
		return vd_vec_any(run->bdds, &both);
	}
}

static struct vd_vec alu(struct run *run, int op, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec zero;

	switch (op) {
	case VD_OP_ADD_K:
	case VD_OP_ADD_X:
		return vd_vec_add(run->bdds, a, b);
	case VD_OP_SUB_K:
	case VD_OP_SUB_X:
		return vd_vec_sub(run->bdds, a, b);
	case VD_OP_MUL_K:
	case VD_OP_MUL_X:
		return vd_vec_mul(run->bdds, a, b);
	case VD_OP_DIV_K:
	case VD_OP_DIV_X:
		return vd_vec_div(run->bdds, a, b);
	case VD_OP_OR_K:
	case VD_OP_OR_X:
		return vd_vec_or(run->bdds, a, b);
	case VD_OP_AND_K:
	case VD_OP_AND_X:
		return vd_vec_and(run->bdds, a, b);
	case VD_OP_XOR_K:
	case VD_OP_XOR_X:
		return vd_vec_xor(run->bdds, a, b);
	case VD_OP_LSH_K:
	case VD_OP_LSH_X:
		return vd_vec_shift(run->bdds, a, b, true);
	case VD_OP_RSH_K:
	case VD_OP_RSH_X:
		return vd_vec_shift(run->bdds, a, b, false);
	default: /* NEG */
		zero = vd_vec_const(0);
		return vd_vec_sub(run->bdds, &zero, a);
	}
}

/* The register that a plain instruction sets, and its value. */
static void execute(struct run *run, const struct vd_insn *insn, struct state *s)
{
	struct vd_vec k = vd_vec_const(insn->k);

	switch ((enum vd_op)insn->op) {
	case VD_OP_LD_IMM:
		s->reg[VD_REG_A] = keep(run, k);
		break;
	case VD_OP_LDX_IMM:
		s->reg[VD_REG_X] = keep(run, k);
		break;
	case VD_OP_LD_ABS:
		s->reg[VD_REG_A] = &run->words[insn->k / 4];
		break;
	case VD_OP_LD_LEN:
		s->reg[VD_REG_A] = keep(run, vd_vec_const(VD_RECORD_SIZE));
		break;
	case VD_OP_LDX_LEN:
		s->reg[VD_REG_X] = keep(run, vd_vec_const(VD_RECORD_SIZE));
		break;
	case VD_OP_ST:
		s->reg[VD_REG_M + insn->k] = s->reg[VD_REG_A];
		break;
	case VD_OP_STX:
		s->reg[VD_REG_M + insn->k] = s->reg[VD_REG_X];
		break;
	case VD_OP_LD_MEM:
		s->reg[VD_REG_A] = s->reg[VD_REG_M + insn->k];
		break;
	case VD_OP_LDX_MEM:
		s->reg[VD_REG_X] = s->reg[VD_REG_M + insn->k];
		break;
	case VD_OP_TAX:
		s->reg[VD_REG_X] = s->reg[VD_REG_A];
		break;
	case VD_OP_TXA:
		s->reg[VD_REG_A] = s->reg[VD_REG_X];
		break;
	default:
		s->reg[VD_REG_A] = keep(run, alu(run, insn->op, s->reg[VD_REG_A],
						 vd_isa[insn->op].form == VD_FORM_X ? s->reg[VD_REG_X] : &k));
	}
}

/* One way out of a conditional jump. */
static void leave(struct run *run, size_t pc, size_t skip, vd_bdd path, const struct state *from,
		  enum vd_edge edge)
{
	if (run->points)
		run->points[vd_point(pc, edge)] = path;
	arrive(run, pc + 1 + skip, path, from);
}

static void step(struct run *run, size_t pc)
{
	const struct vd_insn *insn = &run->prog->code[pc];
	struct state s = run->states[pc];
	struct vd_vec k = vd_vec_const(insn->k);

	if (s.path == BDD_FALSE)
		return;
	if (insn->op == VD_OP_RET_K) {
		returns(run, s.path, &k, &s);
	} else if (insn->op == VD_OP_RET_A) {
		returns(run, s.path, s.reg[VD_REG_A], &s);
	} else if (insn->op == VD_OP_JA) {
		arrive(run, pc + 1 + insn->k, s.path, &s);
	} else if (vd_form_is_branch(vd_isa[insn->op].form)) {
		const struct vd_vec *b = vd_isa[insn->op].form == VD_FORM_JUMP_X ? s.reg[VD_REG_X] : &k;
		vd_bdd taken = insn->jt == insn->jf ? BDD_TRUE : condition(run, insn->op, s.reg[VD_REG_A], b);
		leave(run, pc, insn->jt, vd_bdd_and(run->bdds, s.path, taken), &s, VD_EDGE_TRUE);
		leave(run, pc, insn->jf, vd_bdd_and(run->bdds, s.path, vd_bdd_not(taken)), &s, VD_EDGE_FALSE);
	} else {
		if (insn->op == VD_OP_DIV_X) { /* by zero: the program ends with 0 */
			vd_bdd divides = vd_vec_any(run->bdds, s.reg[VD_REG_X]);
			struct vd_vec zero = vd_vec_const(0);
			returns(run, vd_bdd_and(run->bdds, s.path, vd_bdd_not(divides)), &zero, &s);
			s.path = vd_bdd_and(run->bdds, s.path, divides);
		}
		if (s.path != BDD_FALSE && (run->live[pc + 1] & vd_insn_writes(insn)))
			execute(run, insn, &s);
		arrive(run, pc + 1, s.path, &s);
	}
}

/* One pass over a program; run's words, prog and bdds are set. */
static int pass(struct run *run, const struct vd_words *words, bool big_endian, vd_bdd assume, bool counted)
{
	const struct vd_prog *prog = run->prog;

	for (uint32_t i = 0; i < VD_RECORD_WORDS; i++)
		run->words[i] = words->word[vd_word_at(i, big_endian)];
	run->states = calloc(prog->len, sizeof(*run->states));
	run->live = calloc(prog->len, sizeof(*run->live));
	if (!run->states || !run->live)
		return -ENOMEM;
	for (size_t pc = 0; pc < prog->len; pc++)
		run->states[pc].path = BDD_FALSE;
	vd_prog_live(prog, run->live);
	const struct vd_vec *zero = keep(run, vd_vec_const(0));
	run->states[0] = (struct state){ .path = assume,
					 .reg = { [VD_REG_A] = zero, [VD_REG_X] = zero },
					 .count = counted ? zero : NULL };
	for (size_t pc = 0; pc < prog->len && !run->pool.failed && !vd_bdd_spent(run->bdds); pc++) {
		step(run, pc);
		run->stepped = pc + 1;
	}
	return run->pool.failed ? -ENOMEM : 0;
}

static void run_done(struct run *run)
{
	pool_done(&run->pool);
	free(run->states);
	free(run->live);
}

int vd_symbolic_prog(struct vd_bdds *bdds, const struct vd_words *words, bool big_endian, vd_bdd assume,
		     const struct vd_prog *prog, struct vd_vec *ret_value, struct vd_vec *ret_count)
{
	struct run run = { .bdds = bdds, .prog = prog, .out = vd_vec_const(0), .count = vd_vec_const(0) };
	int r = pass(&run, words, big_endian, assume, ret_count != NULL);

	if (r == 0) {
		*ret_value = run.out;
		if (ret_count)
			*ret_count = run.count;
	}
	run_done(&run);
	return r;
}

int vd_symbolic_points(struct vd_bdds *bdds, const struct vd_words *words, bool big_endian, vd_bdd assume,
		       const struct vd_prog *prog, vd_bdd *ret_points, size_t *ret_n)
{
	struct run run = { .bdds = bdds, .prog = prog, .points = ret_points };
	size_t n = VD_POINTS * prog->len;
	int r;

	for (size_t i = 0; i < n; i++)
		ret_points[i] = BDD_FALSE;
	r = pass(&run, words, big_endian, assume, false);
	for (size_t pc = 0; r == 0 && pc < prog->len; pc++)
		ret_points[vd_point(pc, VD_EDGE_NONE)] = run.states[pc].path;
	/* what the last instruction looked at does is not known, nor what comes behind it */
	if (r == 0)
		*ret_n = vd_bdd_spent(bdds) ? (run.stepped ? vd_point(run.stepped - 1, VD_EDGE_TRUE) : 0) : n;
	run_done(&run);
	return r;
}

/* The action of a is strictly stronger than b's: the upper halves as signed numbers. */
static vd_bdd stronger(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec sa = *a, sb = *b;

	sa.bit[31] = vd_bdd_not(sa.bit[31]);
	sb.bit[31] = vd_bdd_not(sb.bit[31]);
	return vd_vec_less(bdds, &sa, &sb, 16);
}

int vd_symbolic_stack(struct vd_bdds *bdds, const struct vd_words *words, vd_bdd assume,
		      const struct vd_stack *stack, struct vd_vec *ret_value, vd_bdd *ret_wins,
		      struct vd_vec *ret_count)
{
	struct vd_vec best = vd_vec_const(SECCOMP_RET_ALLOW), total = vd_vec_const(0);
	size_t len = vd_stack_len(stack);

	for (size_t i = len; i-- > 0 && !vd_bdd_spent(bdds);) {
		struct vd_vec value, count;
		int r = vd_symbolic_prog(bdds, words, vd_stack_big_endian(stack), assume,
					 vd_stack_prog(stack, i), &value, ret_count ? &count : NULL);
		if (r < 0)
			return r;
		if (ret_count)
			total = vd_vec_add(bdds, &total, &count);
		/* outside of assume the value is 0, which is no value the filter returns */
		vd_bdd better = vd_bdd_and(bdds, assume, stronger(bdds, &value, &best));
		best = vd_vec_ite(bdds, better, &value, &best);
		for (size_t j = i + 1; ret_wins && j < len; j++)
			ret_wins[j] = vd_bdd_and(bdds, ret_wins[j], vd_bdd_not(better));
		if (ret_wins)
			ret_wins[i] = better;
	}
	*ret_value = best;
	if (ret_count)
		*ret_count = total;
	return 0;
}

/* The upper half is this action's. */
static vd_bdd has_action(struct vd_bdds *bdds, const struct vd_vec *value, uint32_t action)
{
	vd_bdd r = BDD_TRUE;

	for (unsigned i = 16; i < 32; i++)
		r = vd_bdd_and(bdds, r, action >> i & 1 ? value->bit[i] : vd_bdd_not(value->bit[i]));
	return r;
}

struct vd_vec vd_symbolic_effective(struct vd_bdds *bdds, const struct vd_vec *value)
{
	static const uint32_t with_data[] = { SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE };
	static const uint32_t without[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
					    SECCOMP_RET_USER_NOTIF, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW };
	struct vd_vec r = *value, kill = vd_vec_const(SECCOMP_RET_KILL_PROCESS);
	vd_bdd keeps = BDD_FALSE, known = BDD_FALSE, over = BDD_FALSE;

	for (size_t i = 0; i < sizeof(with_data) / sizeof(with_data[0]); i++)
		keeps = vd_bdd_or(bdds, keeps, has_action(bdds, value, with_data[i]));
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		known = vd_bdd_or(bdds, known, has_action(bdds, value, without[i]));
	known = vd_bdd_or(bdds, known, keeps);
	/* ERRNO's data is at most 4095: twelve ones */
	for (unsigned i = 12; i < 16; i++)
		over = vd_bdd_or(bdds, over, value->bit[i]);
	over = vd_bdd_and(bdds, over, has_action(bdds, value, SECCOMP_RET_ERRNO));
	for (unsigned i = 0; i < 16; i++) {
		r.bit[i] = i < 12 ? vd_bdd_or(bdds, r.bit[i], over)
				  : vd_bdd_and(bdds, r.bit[i], vd_bdd_not(over));
		r.bit[i] = vd_bdd_and(bdds, r.bit[i], keeps);
	}
	return vd_vec_ite(bdds, known, &r, &kill);
}
