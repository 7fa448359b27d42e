/* SPDX-License-Identifier: MIT */
/*
 * Runs the stack's programs, newest first, with registers that hold terms. A
 * branch that the open words decide is taken both ways, unless what the path
 * has learnt so far excludes one.
 */
#include "loader/paths/paths.h"

#include "vm/action.h"

#include <linux/bpf_common.h>
#include <string.h>

enum { WORD_NR, WORD_ARCH, WORDS = 16 };
#define KNOWN_WORDS ((1u << WORD_NR) | (1u << WORD_ARCH))

/* A register: a term, and its value where that is made of nr and arch alone. A plain number needs no term:
 * -1. */
struct reg {
	int term;
	bool known;
	uint32_t value;
};

struct state {
	int filter;
	unsigned pc;
	struct reg a, x, m[BPF_MEMWORDS];
	uint32_t best;
	int best_filter;
	size_t trail;	  /* atoms learnt */
	struct atom next; /* the first thing to learn when the state is taken up */
};

struct finder {
	struct paths *paths;
	struct arena *arena;
	struct terms *terms;
	const struct vd_stack *stack;
	uint32_t words[2];
	struct atom *trail;
	size_t trail_cap;
	struct state *todo;
	size_t n_todo, todo_cap;
	struct state now;
};

static struct reg constant(uint32_t k)
{
	return (struct reg){ .term = -1, .known = true, .value = k };
}

static int term_of(struct finder *finder, const struct reg *reg)
{
	return reg->term < 0 ? term_const(finder->terms, reg->value) : reg->term;
}

static bool is_plain(const struct reg *reg)
{
	return reg->term < 0;
}

static struct reg word(struct finder *finder, unsigned i)
{
	struct reg reg = { .term = term_word(finder->terms, i), .known = i <= WORD_ARCH };

	if (reg.known)
		reg.value = finder->words[i];
	return reg;
}

static struct interval *interval_of(struct finder *finder, unsigned i)
{
	return i == WORD_NR ? &finder->paths->nr : &finder->paths->arch;
}

static void narrow(struct interval *interval, struct interval to)
{
	if (interval->first < to.first)
		interval->first = to.first;
	if (interval->last > to.last)
		interval->last = to.last;
}

/* What follows holds for numbers alone that keep the register's value in want. */
static void assume(struct finder *finder, const struct reg *reg, struct interval want)
{
	uint16_t words = is_plain(reg) ? 0 : term_at(finder->terms, reg->term)->words;

	for (unsigned i = WORD_NR; i <= WORD_ARCH; i++) {
		uint32_t c = finder->words[i];

		if (words == 1u << i)
			narrow(interval_of(finder, i), term_pull_back(finder->terms, reg->term, c, want));
		else if (words >> i & 1)
			narrow(interval_of(finder, i), (struct interval){ c, c });
	}
}

/* The register as a plain number. */
static struct reg pin(struct finder *finder, const struct reg *reg)
{
	assume(finder, reg, (struct interval){ reg->value, reg->value });
	return constant(reg->value);
}

static void learn(struct finder *finder, const struct atom *atom)
{
	finder->trail = arena_grow(finder->arena, finder->trail, finder->now.trail, &finder->trail_cap,
				   sizeof(*atom));
	finder->trail[finder->now.trail++] = *atom;
}

static bool possible(const struct finder *finder, const struct atom *atom)
{
	struct cube learnt = { finder->trail, finder->now.trail }, one = { (struct atom *)atom, 1 };
	uint32_t value;

	return atoms_solve(&learnt, &one, atom->base, &value) != NEVER;
}

/* Takes the branch an atom's truth tells; where both are possible the other one is put off. */
static bool fork_on(struct finder *finder, const struct atom *atom, unsigned pc_true, unsigned pc_false)
{
	struct atom not = atom_not(atom);
	bool yes = possible(finder, atom), no = possible(finder, &not );

	if (yes && no) {
		finder->todo = arena_grow(finder->arena, finder->todo, finder->n_todo, &finder->todo_cap,
					  sizeof(*finder->todo));
		struct state *other = &finder->todo[finder->n_todo++];
		*other = finder->now;
		other->pc = pc_false;
		other->next = not ;
		learn(finder, atom);
	}
	finder->now.pc = yes ? pc_true : pc_false;
	return yes || no;
}

/* The numbers around value that a comparison with k answers as it answers value. */
static struct interval same_answer(unsigned op, uint32_t value, uint32_t k)
{
	struct interval all = { 0, UINT32_MAX };

	if (op == BPF_JEQ) {
		if (value == k)
			return (struct interval){ k, k };
		return value < k ? (struct interval){ 0, k - 1 } : (struct interval){ k + 1, UINT32_MAX };
	}
	if (op == BPF_JGE && k-- == 0)
		return all;
	return value > k ? (struct interval){ k + 1, UINT32_MAX } : (struct interval){ 0, k };
}

static bool answer(unsigned op, uint32_t a, uint32_t b)
{
	if (op == BPF_JEQ)
		return a == b;
	return op == BPF_JGT ? a > b : a >= b;
}

/* A comparison of what is known. JSET comes as (a & b) != 0, a JGT. */
static bool decide_known(struct finder *finder, unsigned op, struct reg a, struct reg b)
{
	b = pin(finder, &b);
	assume(finder, &a, same_answer(op, a.value, b.value));
	return answer(op, a.value, b.value);
}

static struct reg operate(struct finder *finder, enum term_op op, struct reg left, struct reg right)
{
	struct reg reg = { .known = left.known && right.known };

	if (is_plain(&left) && is_plain(&right))
		return constant(term_apply(op, left.value, right.value));
	if (left.known && !reg.known)
		left = pin(finder, &left);
	if (right.known && !reg.known)
		right = pin(finder, &right);
	if (reg.known)
		reg.value = term_apply(op, left.value, right.value);
	reg.term = term_make(finder->terms, op, term_of(finder, &left),
			     op == TERM_NEG ? -1 : term_of(finder, &right));
	if (reg.term >= 0 && !term_at(finder->terms, reg.term)->words)
		return constant(term_at(finder->terms, reg.term)->k); /* x & 0 */
	if (reg.term >= 0)
		return reg;
	if (!reg.known) {
		finder->paths->end = PATHS_TOO_LARGE;
		return constant(0);
	}
	pin(finder, &left);
	pin(finder, &right);
	return constant(reg.value);
}

/* One open operand and a number: an atom. swapped: the number stands on the left. */
static enum truth compare_const(struct finder *finder, unsigned op, int term, uint32_t k, bool swapped,
				struct atom *ret_atom)
{
	if (op == BPF_JEQ)
		return atom_make(finder->terms, term, ATOM_EQ, k, ret_atom);
	if (!swapped && op == BPF_JGE && k == 0)
		return ALWAYS;
	if (!swapped)
		return atom_make(finder->terms, term, ATOM_GT, op == BPF_JGE ? k - 1 : k, ret_atom);
	if (op == BPF_JGT && k == 0)
		return NEVER;
	return atom_make(finder->terms, term, ATOM_LE, op == BPF_JGT ? k - 1 : k, ret_atom);
}

/* Two open operands: a term that is 0 or 1. */
static enum truth compare_terms(struct finder *finder, unsigned op, const struct reg *a, const struct reg *b,
				struct atom *ret_atom)
{
	bool turned = op == BPF_JGE; /* a >= b is !(b > a) */
	int term = term_make(finder->terms, op == BPF_JEQ ? TERM_SAME : TERM_OVER, turned ? b->term : a->term,
			     turned ? a->term : b->term);

	if (a->term == b->term)
		return op == BPF_JGT ? NEVER : ALWAYS;
	if (term < 0) {
		finder->paths->end = PATHS_TOO_LARGE;
		return NEVER;
	}
	return atom_make(finder->terms, term, ATOM_EQ, !turned, ret_atom);
}

static bool compare(struct finder *finder, unsigned op, struct reg a, struct reg b, unsigned pc_true,
		    unsigned pc_false)
{
	enum truth truth;
	struct atom atom;

	if (op == BPF_JSET && !a.known && b.known) {
		b = pin(finder, &b);
		truth = atom_make_jset(finder->terms, a.term, b.value, &atom);
	} else if (op == BPF_JSET) {
		return compare(finder, BPF_JGT, operate(finder, TERM_AND, a, b), constant(0), pc_true,
			       pc_false);
	} else if (a.known && b.known) {
		truth = decide_known(finder, op, a, b) ? ALWAYS : NEVER;
	} else if (a.known || b.known) {
		struct reg number = a.known ? pin(finder, &a) : pin(finder, &b);

		truth = compare_const(finder, op, a.known ? b.term : a.term, number.value, a.known, &atom);
	} else {
		truth = compare_terms(finder, op, &a, &b, &atom);
	}
	if (truth == DEPENDS)
		return fork_on(finder, &atom, pc_true, pc_false);
	finder->now.pc = truth == ALWAYS ? pc_true : pc_false;
	return true;
}

static void begin_filter(struct finder *finder, int filter)
{
	struct reg zero = constant(0);

	finder->now.filter = filter;
	finder->now.pc = 0;
	finder->now.a = finder->now.x = zero;
	for (unsigned i = 0; i < BPF_MEMWORDS; i++)
		finder->now.m[i] = zero;
}

static void emit(struct finder *finder)
{
	struct paths *paths = finder->paths;
	struct state *now = &finder->now;

	if (paths->n == PATHS_MAX) {
		paths->end = PATHS_TOO_MANY;
		return;
	}
	paths->items = arena_grow(finder->arena, paths->items, paths->n, &paths->cap, sizeof(*paths->items));
	paths->items[paths->n++] = (struct path){
		.when = { arena_copy(finder->arena, finder->trail, now->trail * sizeof(*finder->trail)),
			  now->trail },
		.ret = now->best,
		.filter = now->best_filter,
	};
}

/* A filter is done: on to the next older one. Returns false at the end of the path. */
static bool leave(struct finder *finder, struct reg value)
{
	struct state *now = &finder->now;

	if (!value.known) {
		finder->paths->end = PATHS_COMPUTED;
		return false;
	}
	value = pin(finder, &value);
	if (vd_action_rank(value.value) < vd_action_rank(now->best)) {
		now->best = value.value;
		now->best_filter = now->filter;
	}
	/* Nothing is stronger than KILL_PROCESS. */
	if (now->filter == 0 || vd_action_rank(now->best) == INT32_MIN) {
		emit(finder);
		return false;
	}
	begin_filter(finder, now->filter - 1);
	return true;
}

static enum term_op alu_op(unsigned op)
{
	switch (op) {
	case BPF_ADD:
		return TERM_ADD;
	case BPF_SUB:
		return TERM_SUB;
	case BPF_MUL:
		return TERM_MUL;
	case BPF_DIV:
		return TERM_DIV;
	case BPF_OR:
		return TERM_OR;
	case BPF_AND:
		return TERM_AND;
	case BPF_LSH:
		return TERM_LSH;
	case BPF_RSH:
		return TERM_RSH;
	case BPF_NEG:
		return TERM_NEG;
	default:
		return TERM_XOR;
	}
}

static void alu(struct finder *finder, const struct sock_filter *insn)
{
	struct state *now = &finder->now;
	enum term_op op = alu_op(BPF_OP(insn->code));
	struct reg right = BPF_SRC(insn->code) == BPF_X ? now->x : constant(insn->k);

	if ((op == TERM_LSH || op == TERM_RSH) && BPF_SRC(insn->code) == BPF_X)
		right = operate(finder, TERM_AND, right, constant(31));
	now->a = operate(finder, op, now->a, op == TERM_NEG ? constant(0) : right);
}

/*
 * A division by X goes over an imaginary instruction behind the program's
 * end, `ret 0`, where X is zero. Returns whether the path goes on here.
 */
static bool divide(struct finder *finder, const struct sock_filter *insn, unsigned len)
{
	struct reg x = finder->now.x;
	unsigned next = finder->now.pc + 1;

	/* The quotient is for the branch where X is not zero; the other one reads nothing more. */
	if (x.known && !x.value) {
		assume(finder, &x, (struct interval){ 0, 0 });
		finder->now.pc = len;
		return true;
	}
	alu(finder, insn);
	return compare(finder, BPF_JEQ, x, constant(0), len, next);
}

static struct reg load(struct finder *finder, const struct sock_filter *insn)
{
	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		return word(finder, insn->k / 4);
	case BPF_MEM:
		return finder->now.m[insn->k];
	case BPF_LEN:
		return constant(sizeof(struct seccomp_data));
	default: /* BPF_IMM */
		return constant(insn->k);
	}
}

static bool jump(struct finder *finder, const struct sock_filter *insn)
{
	struct state *now = &finder->now;
	unsigned next = now->pc + 1;

	if (BPF_OP(insn->code) == BPF_JA) {
		now->pc = next + insn->k;
		return true;
	}
	if (insn->jt == insn->jf) {
		now->pc = next + insn->jt;
		return true;
	}
	return compare(finder, BPF_OP(insn->code), now->a,
		       BPF_SRC(insn->code) == BPF_X ? now->x : constant(insn->k), next + insn->jt,
		       next + insn->jf);
}

/* Executes one instruction. Returns false where the path ends. */
static bool step(struct finder *finder)
{
	struct state *now = &finder->now;
	const struct vd_prog *prog = vd_stack_prog(finder->stack, (size_t)now->filter);
	unsigned len = (unsigned)vd_prog_len(prog);
	const struct sock_filter *insn = vd_prog_insns(prog) + now->pc;

	if (now->pc >= len)
		return leave(finder, constant(0));
	switch (BPF_CLASS(insn->code)) {
	case BPF_RET:
		return leave(finder, BPF_RVAL(insn->code) == BPF_A ? now->a : constant(insn->k));
	case BPF_JMP:
		return jump(finder, insn);
	case BPF_LD:
		now->a = load(finder, insn);
		break;
	case BPF_LDX:
		now->x = load(finder, insn);
		break;
	case BPF_ST:
		now->m[insn->k] = now->a;
		break;
	case BPF_STX:
		now->m[insn->k] = now->x;
		break;
	case BPF_ALU:
		if (BPF_OP(insn->code) == BPF_DIV && BPF_SRC(insn->code) == BPF_X)
			return divide(finder, insn, len);
		alu(finder, insn);
		break;
	default: /* BPF_MISC */
		if (BPF_MISCOP(insn->code) == BPF_TAX)
			now->x = now->a;
		else
			now->a = now->x;
	}
	now->pc++;
	return true;
}

/* The path that was put off last. */
static bool take_up(struct finder *finder)
{
	if (!finder->n_todo)
		return false;
	finder->now = finder->todo[--finder->n_todo];
	struct atom next = finder->now.next;
	learn(finder, &next);
	return true;
}

void paths_find(struct paths *paths, struct arena *arena, struct terms *terms, const struct vd_stack *stack,
		uint32_t arch, uint32_t nr)
{
	struct finder finder = {
		.paths = paths, .arena = arena, .terms = terms, .stack = stack, .words = { nr, arch }
	};
	int len = (int)vd_stack_len(stack);

	*paths = (struct paths){ .arch = { 0, UINT32_MAX }, .nr = { 0, UINT32_MAX } };
	finder.now.best = SECCOMP_RET_ALLOW;
	finder.now.best_filter = -1;
	if (!len) {
		emit(&finder);
		return;
	}
	begin_filter(&finder, len - 1);
	do {
		while (paths->end == PATHS_ALL && step(&finder))
			if (++paths->steps > PATHS_STEPS_MAX)
				paths->end = PATHS_TOO_MANY;
	} while (paths->end == PATHS_ALL && take_up(&finder));
}

static void put_word(struct seccomp_data *data, unsigned at, bool big_endian, uint32_t value)
{
	uint64_t *to = at < 4 ? (uint64_t *)&data->instruction_pointer : (uint64_t *)&data->args[at / 2 - 2];
	bool high = (at & 1) != big_endian;

	*to = high ? (*to & UINT32_MAX) | (uint64_t)value << 32 : (*to & ~(uint64_t)UINT32_MAX) | value;
}

bool path_record(const struct path *path, const struct terms *terms, const struct vd_stack *stack,
		 uint32_t arch, uint32_t nr, struct seccomp_data *ret_data)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = arch };

	for (size_t i = 0; i < path->when.n; i++) {
		const struct term *base = term_at(terms, path->when.atoms[i].base);
		uint32_t value;

		if (!base->words ||
		    atoms_solve(&path->when, NULL, path->when.atoms[i].base, &value) != ALWAYS)
			continue;
		put_word(&data, (unsigned)__builtin_ctz(base->words), vd_stack_big_endian(stack),
			 term_invert(terms, path->when.atoms[i].base, value));
	}
	struct vd_verdict verdict = vd_stack_run(stack, &data);
	if (verdict.ret != path->ret || verdict.filter != path->filter)
		return false;
	*ret_data = data;
	return true;
}
