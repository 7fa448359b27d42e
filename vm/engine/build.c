/* SPDX-License-Identifier: MIT */
/*
 * Partial evaluation. A state is a place in the stack's execution with what
 * the registers hold there: constants, or words of the record under a mask.
 * States run on until a branch depends on a word; the same state reached twice
 * is one test.
 */
#include "vm/action.h"
#include "vm/engine/engine.h"
#include "vm/live.h"

#include <errno.h>
#include <stdlib.h>

/* More tests than this for one call, and the stack is interpreted. */
#define TESTS_PER_REST 20000u

enum kind { CONSTANT, WORD, OPAQUE };

struct value {
	uint32_t bits; /* the constant, or the mask on the word */
	uint8_t kind, word;
	uint16_t zero; /* states are compared as bytes */
};

struct state {
	uint32_t best;   /* the value that stands after the filters that ran */
	uint16_t filter; /* the one that runs, counted down */
	uint16_t pc;
	struct value reg[VD_REGS]; /* all zero where they are dead */
};

/* A state at a branch that a word decides, and its test. */
struct seen {
	struct state state;
	uint32_t test;
};

struct vd_builder {
	const struct vd_stack *stack;
	bool big_endian;
	uint32_t **live; /* of each filter */
	struct vd_known known;
	struct vd_test *tests;
	size_t n_tests, cap_tests;
	struct vd_ways ways;
	struct seen *seen; /* of one rest; also the list of work */
	size_t n_seen, cap_seen;
	uint32_t *table;   /* indexes into seen, plus one; of a power of two */
	size_t cap_table;
};

/* Where a state leads without looking at a word. */
struct outcome {
	enum { ENDS, TESTS, TOO_HARD } kind;
	uint32_t value; /* of the stack */
	struct state state;
	struct vd_test test;
};

static const struct vd_prog *filter_at(const struct vd_builder *b, unsigned filter)
{
	return vd_stack_prog(b->stack, filter);
}

/* ------------------------------------------------------------------ */
/* One instruction on what is known                                   */

static struct value constant(uint32_t bits)
{
	return (struct value){ .bits = bits, .kind = CONSTANT };
}

static struct value load(const struct vd_builder *b, uint32_t word)
{
	if (b->known.arch_nr && word < 2)
		return constant(word ? b->known.arch : b->known.nr);
	return (struct value){ .bits = 0xffffffff, .kind = WORD, .word = (uint8_t)word };
}

static uint32_t fold(int op, uint32_t a, uint32_t b)
{
	switch (op) {
	case VD_OP_ADD_K:
	case VD_OP_ADD_X:
		return a + b;
	case VD_OP_SUB_K:
	case VD_OP_SUB_X:
		return a - b;
	case VD_OP_MUL_K:
	case VD_OP_MUL_X:
		return a * b;
	case VD_OP_DIV_K:
	case VD_OP_DIV_X:
		return a / b;
	case VD_OP_OR_K:
	case VD_OP_OR_X:
		return a | b;
	case VD_OP_AND_K:
	case VD_OP_AND_X:
		return a & b;
	case VD_OP_XOR_K:
	case VD_OP_XOR_X:
		return a ^ b;
	case VD_OP_LSH_K:
	case VD_OP_LSH_X:
		return a << (b & 31);
	case VD_OP_RSH_K:
	case VD_OP_RSH_X:
		return a >> (b & 31);
	default: /* NEG */
		return 0 - a;
	}
}

static struct value alu(int op, struct value a, struct value b)
{
	if (op == VD_OP_NEG)
		b = constant(0);
	if (a.kind == CONSTANT && b.kind == CONSTANT)
		return constant(fold(op, a.bits, b.bits));
	if ((op == VD_OP_AND_K || op == VD_OP_AND_X) && b.kind == CONSTANT && a.kind == WORD) {
		a.bits &= b.bits;
		return a.bits ? a : constant(0);
	}
	return (struct value){ .kind = OPAQUE };
}

/* Straight-line instructions. False: DIV X by what is not known. */
static bool execute(const struct vd_builder *b, const struct vd_insn *insn, struct value *reg)
{
	struct value operand = vd_isa[insn->op].form == VD_FORM_X ? reg[VD_REG_X] : constant(insn->k);

	switch ((enum vd_op)insn->op) {
	case VD_OP_LD_IMM:
		reg[VD_REG_A] = operand;
		break;
	case VD_OP_LDX_IMM:
		reg[VD_REG_X] = operand;
		break;
	case VD_OP_LD_LEN:
		reg[VD_REG_A] = constant(VD_RECORD_SIZE);
		break;
	case VD_OP_LDX_LEN:
		reg[VD_REG_X] = constant(VD_RECORD_SIZE);
		break;
	case VD_OP_LD_ABS:
		reg[VD_REG_A] = load(b, insn->k / 4);
		break;
	case VD_OP_ST:
		reg[VD_REG_M + insn->k] = reg[VD_REG_A];
		break;
	case VD_OP_STX:
		reg[VD_REG_M + insn->k] = reg[VD_REG_X];
		break;
	case VD_OP_LD_MEM:
		reg[VD_REG_A] = reg[VD_REG_M + insn->k];
		break;
	case VD_OP_LDX_MEM:
		reg[VD_REG_X] = reg[VD_REG_M + insn->k];
		break;
	case VD_OP_TAX:
		reg[VD_REG_X] = reg[VD_REG_A];
		break;
	case VD_OP_TXA:
		reg[VD_REG_A] = reg[VD_REG_X];
		break;
	case VD_OP_DIV_X:
		if (operand.kind != CONSTANT)
			return false;
		reg[VD_REG_A] = alu(insn->op, reg[VD_REG_A], operand);
		break;
	default:
		reg[VD_REG_A] = alu(insn->op, reg[VD_REG_A], operand);
	}
	return true;
}

static bool compare(int op, uint32_t a, uint32_t b)
{
	switch (op) {
	case VD_OP_JEQ_K:
	case VD_OP_JEQ_X:
		return a == b;
	case VD_OP_JGT_K:
	case VD_OP_JGT_X:
		return a > b;
	case VD_OP_JGE_K:
	case VD_OP_JGE_X:
		return a >= b;
	default:
		return a & b;
	}
}

/*
 * The test of a word under a mask with a constant. Returns 0 or 1 where it is
 * the same for every word, -1 where the word decides, -2 where the test's
 * answer is the branch's the other way round.
 */
static int make_test(int op, struct value a, uint32_t k, struct vd_test *ret_test)
{
	struct vd_test test = { .mask = a.bits, .low = k, .offset = a.word };
	int decided = -1;

	switch (op) {
	case VD_OP_JEQ_K:
	case VD_OP_JEQ_X:
		if (k & ~a.bits)
			return 0;
		break;
	case VD_OP_JGT_K:
	case VD_OP_JGT_X:
		if (k >= a.bits) /* no value under the mask is larger than the mask */
			return 0;
		test.low = k + 1;
		test.span = UINT32_MAX - test.low;
		break;
	case VD_OP_JGE_K:
	case VD_OP_JGE_X:
		if (!k || k > a.bits)
			return !k;
		test.span = UINT32_MAX - k;
		break;
	default: /* JSET: not equal to 0 under both masks */
		test.mask &= k;
		test.low = 0;
		if (!test.mask)
			return 0;
		decided = -2;
	}
	*ret_test = test;
	return decided;
}

/* ------------------------------------------------------------------ */
/* From one state to the next                                         */

/* Nothing is left of what the rest of the program does not read. */
static void forget_dead(const struct vd_builder *b, struct state *s)
{
	uint32_t live = b->live[s->filter][s->pc];

	for (unsigned r = 0; r < VD_REGS; r++)
		if (!(live >> r & 1))
			s->reg[r] = (struct value){ 0 };
}

/* The filter returned a value: on to the next older one. False: it was the oldest. */
static bool next_filter(struct state *s, uint32_t value)
{
	if (vd_action_rank(value) < vd_action_rank(s->best))
		s->best = value;
	if (!s->filter)
		return false;
	*s = (struct state){ .best = s->best, .filter = (uint16_t)(s->filter - 1) };
	return true;
}

/* Runs a state on to its end, or to a branch that a word decides. */
static struct outcome run_on(const struct vd_builder *b, struct state s)
{
	struct outcome out = { .kind = TOO_HARD };

	for (;;) {
		const struct vd_insn *insn = &filter_at(b, s.filter)->code[s.pc];
		struct value a = s.reg[VD_REG_A];
		if (insn->op == VD_OP_RET_K || insn->op == VD_OP_RET_A ||
		    (insn->op == VD_OP_DIV_X && s.reg[VD_REG_X].kind == CONSTANT && !s.reg[VD_REG_X].bits)) {
			if (insn->op == VD_OP_RET_A && a.kind != CONSTANT)
				return out;
			if (next_filter(&s, insn->op == VD_OP_RET_K ? insn->k : insn->op == VD_OP_RET_A ? a.bits : 0))
				continue;
			out.kind = ENDS;
			out.value = s.best;
			return out;
		}
		if (insn->op == VD_OP_JA) {
			s.pc = (uint16_t)(s.pc + 1 + insn->k);
		} else if (vd_form_is_branch(vd_isa[insn->op].form)) {
			struct value k = vd_isa[insn->op].form == VD_FORM_JUMP_X ? s.reg[VD_REG_X] : constant(insn->k);
			int taken;
			if (insn->jt == insn->jf)
				taken = 1;
			else if (a.kind == CONSTANT && k.kind == CONSTANT)
				taken = compare(insn->op, a.bits, k.bits);
			else if (a.kind == WORD && k.kind == CONSTANT)
				taken = make_test(insn->op, a, k.bits, &out.test);
			else
				return out;
			if (taken < 0) {
				forget_dead(b, &s);
				out.kind = TESTS;
				out.state = s;
				return out;
			}
			s.pc = (uint16_t)(s.pc + 1 + (taken ? insn->jt : insn->jf));
		} else {
			if (!execute(b, insn, s.reg))
				return out;
			s.pc++;
		}
	}
}

/* ------------------------------------------------------------------ */
/* Tests, one for each state                                          */

static uint64_t hash_state(const struct state *s)
{
	const unsigned char *bytes = (const unsigned char *)s;
	uint64_t h = 0xcbf29ce484222325u, word;

	_Static_assert(sizeof(*s) % sizeof(word) == 0, "states are hashed by words");
	for (size_t i = 0; i < sizeof(*s); i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		h = (h ^ word) * 0x100000001b3u;
		h ^= h >> 29;
	}
	return h;
}

static int grow(void **items, size_t *cap, size_t size)
{
	size_t more = *cap ? 2 * *cap : 64;
	void *p = realloc(*items, more * size);

	if (!p)
		return -ENOMEM;
	*items = p;
	*cap = more;
	return 0;
}

static int rehash(struct vd_builder *b)
{
	size_t cap = b->cap_table ? 2 * b->cap_table : 256;
	uint32_t *table = calloc(cap, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_seen; i++) {
		size_t at = hash_state(&b->seen[i].state) & (cap - 1);
		while (table[at])
			at = (at + 1) & (cap - 1);
		table[at] = (uint32_t)i + 1;
	}
	free(b->table);
	b->table = table;
	b->cap_table = cap;
	return 0;
}

/* The test at a state: the one it has, or a new one whose branches are still to be followed. */
static int test_at(struct vd_builder *b, const struct outcome *out, uint32_t *ret_test)
{
	size_t at;

	if (2 * (b->n_seen + 1) > b->cap_table && rehash(b) < 0)
		return -ENOMEM;
	at = hash_state(&out->state) & (b->cap_table - 1);
	for (; b->table[at]; at = (at + 1) & (b->cap_table - 1))
		if (!memcmp(&b->seen[b->table[at] - 1].state, &out->state, sizeof(out->state))) {
			*ret_test = b->seen[b->table[at] - 1].test;
			return 0;
		}
	if (b->n_tests == b->cap_tests && grow((void **)&b->tests, &b->cap_tests, sizeof(*b->tests)) < 0)
		return -ENOMEM;
	if (b->n_seen == b->cap_seen && grow((void **)&b->seen, &b->cap_seen, sizeof(*b->seen)) < 0)
		return -ENOMEM;
	b->tests[b->n_tests] = out->test;
	b->seen[b->n_seen] = (struct seen){ .state = out->state, .test = (uint32_t)b->n_tests };
	b->table[at] = (uint32_t)++b->n_seen;
	*ret_test = (uint32_t)b->n_tests++;
	return 0;
}

/* Where a word lies in this machine's struct: on a machine of the other order halves change places. */
static uint8_t offset_of_word(const struct vd_builder *b, unsigned word)
{
	const bool host_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	if (word >= 2 && b->big_endian != host_big_endian)
		word ^= 1;
	return (uint8_t)(4 * word);
}

/* Follows both branches of a test. 1: it cannot be taken apart. */
static int follow(struct vd_builder *b, size_t i)
{
	const struct state at = b->seen[i].state;
	const uint32_t test = b->seen[i].test;
	const struct vd_insn *insn = &filter_at(b, at.filter)->code[at.pc];
	struct vd_test unused;
	struct value k = vd_isa[insn->op].form == VD_FORM_JUMP_X ? at.reg[VD_REG_X] : constant(insn->k);
	bool inverse = make_test(insn->op, at.reg[VD_REG_A], k.bits, &unused) == -2;

	for (unsigned answer = 0; answer < 2; answer++) {
		struct state s = at;
		s.pc = (uint16_t)(at.pc + 1 + (answer != inverse ? insn->jt : insn->jf));
		struct outcome out = run_on(b, s);
		uint32_t next = out.value;
		if (out.kind == TOO_HARD)
			return 1;
		if (out.kind == TESTS && test_at(b, &out, &next) < 0)
			return -ENOMEM;
		b->tests[test].next[answer] = next;
		b->tests[test].ends |= (uint8_t)((out.kind == ENDS) << answer);
	}
	b->tests[test].offset = offset_of_word(b, b->tests[test].offset);
	return 0;
}

static void forget_seen(struct vd_builder *b)
{
	if (b->n_seen)
		memset(b->table, 0, b->cap_table * sizeof(*b->table));
	b->n_seen = 0;
}

int vd_builder_rest(struct vd_builder *b, const struct vd_known *known, struct vd_rest *ret_rest)
{
	const struct seccomp_data call = { .nr = (int)known->nr, .arch = known->arch };
	size_t len = vd_stack_len(b->stack), first = b->n_tests;
	struct vd_verdict verdict;
	struct vd_rest rest = { .value = SECCOMP_RET_ALLOW, .kind = VD_REST_VALUE };
	int r = 0;

	/* Most calls need nothing but arch and nr: the interpreter finds those, all other words open. */
	if (known->arch_nr && vd_stack_run_open(b->stack, &call, 0xfffc, &verdict) < 0) {
		*ret_rest = (struct vd_rest){ .value = verdict.ret, .kind = VD_REST_VALUE };
		return 0;
	}
	b->known = *known;
	forget_seen(b);
	if (len) {
		struct state s = { .best = SECCOMP_RET_ALLOW, .filter = (uint16_t)(len - 1) };
		struct outcome out = run_on(b, s);
		rest.value = out.value;
		rest.kind = out.kind == ENDS ? VD_REST_VALUE : out.kind == TESTS ? VD_REST_TESTS : VD_REST_STACK;
		if (out.kind == TESTS)
			r = test_at(b, &out, &rest.value);
	}
	for (size_t i = 0; i < b->n_seen && r == 0; i++)
		r = b->n_seen > TESTS_PER_REST ? 1 : follow(b, i);
	if (r > 0) {
		b->n_tests = first;
		rest.kind = VD_REST_STACK;
	}
	if (r == 0 && rest.kind == VD_REST_TESTS)
		r = vd_merge_chains(b->tests, first, b->n_tests, rest.value, &b->ways);
	if (r >= 0)
		*ret_rest = rest;
	return r < 0 ? r : 0;
}

void vd_builder_take(struct vd_builder *b, struct vd_test **ret_tests, struct vd_way **ret_ways)
{
	*ret_tests = b->tests;
	*ret_ways = b->ways.items;
	b->tests = NULL;
	b->ways.items = NULL;
	b->n_tests = b->cap_tests = b->ways.n = b->ways.cap = 0;
}

void vd_builder_free(struct vd_builder *b)
{
	if (!b)
		return;
	for (size_t i = 0; b->live && i < vd_stack_len(b->stack); i++)
		free(b->live[i]);
	free(b->live);
	free(b->tests);
	free(b->ways.items);
	free(b->seen);
	free(b->table);
	free(b);
}

int vd_builder_new(const struct vd_stack *stack, struct vd_builder **ret_builder)
{
	struct vd_builder *b = calloc(1, sizeof(*b));
	size_t len = vd_stack_len(stack);

	if (!b)
		return -ENOMEM;
	b->stack = stack;
	b->big_endian = vd_stack_big_endian(stack);
	b->live = calloc(len ? len : 1, sizeof(*b->live));
	for (size_t i = 0; b->live && i < len; i++) {
		b->live[i] = malloc(vd_prog_len(filter_at(b, (unsigned)i)) * sizeof(**b->live));
		if (!b->live[i])
			break;
		vd_prog_live(filter_at(b, (unsigned)i), b->live[i]);
	}
	if (!b->live || (len && !b->live[len - 1])) {
		vd_builder_free(b);
		return -ENOMEM;
	}
	*ret_builder = b;
	return 0;
}
