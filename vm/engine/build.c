/* SPDX-License-Identifier: MIT */
/*
 * Partial evaluation. A state is a place in the stack's execution with what
 * the registers hold there: constants, or words of the record under a mask.
 * States run on until a branch depends on a word; the same state reached twice
 * is one test.
 */
#include "vm/action.h"
#include "vm/engine/value.h"

#include <errno.h>
#include <stdlib.h>

/* More tests than this for one call, and the stack is interpreted. */
#define TESTS_PER_REST 20000u

struct state {
	uint32_t best;	 /* the value that stands after the filters that ran */
	uint16_t filter; /* the one that runs, counted down */
	uint16_t pc;
	struct vd_value reg[VD_REGS]; /* all zero where they are dead */
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
	uint32_t *table; /* indexes into seen, plus one; of a power of two */
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
/* From one state to the next                                         */

/* Nothing is left of what the rest of the program does not read. */
static void forget_dead(const struct vd_builder *b, struct state *s)
{
	uint32_t live = b->live[s->filter][s->pc];

	for (unsigned r = 0; r < VD_REGS; r++)
		if (!(live >> r & 1))
			s->reg[r] = (struct vd_value){ 0 };
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
		struct vd_value a = s.reg[VD_REG_A];
		if (insn->op == VD_OP_RET_K || insn->op == VD_OP_RET_A ||
		    (insn->op == VD_OP_DIV_X && s.reg[VD_REG_X].kind == VD_VALUE_CONSTANT &&
		     !s.reg[VD_REG_X].bits)) {
			if (insn->op == VD_OP_RET_A && a.kind != VD_VALUE_CONSTANT)
				return out;
			if (next_filter(&s, insn->op == VD_OP_RET_K   ? insn->k
					    : insn->op == VD_OP_RET_A ? a.bits
								      : 0))
				continue;
			out.kind = ENDS;
			out.value = s.best;
			return out;
		}
		if (insn->op == VD_OP_JA) {
			s.pc = (uint16_t)(s.pc + 1 + insn->k);
		} else if (vd_form_is_branch(vd_isa[insn->op].form)) {
			struct vd_value k = vd_isa[insn->op].form == VD_FORM_JUMP_X ? s.reg[VD_REG_X]
										    : vd_constant(insn->k);
			int taken;
			if (insn->jt == insn->jf)
				taken = 1;
			else if (a.kind == VD_VALUE_CONSTANT && k.kind == VD_VALUE_CONSTANT)
				taken = vd_value_compare(insn->op, a.bits, k.bits);
			else if (a.kind == VD_VALUE_WORD && k.kind == VD_VALUE_CONSTANT)
				taken = vd_value_test(insn->op, a, k.bits, &out.test);
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
			if (!vd_value_execute(&b->known, insn, s.reg))
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
	struct vd_value k = vd_isa[insn->op].form == VD_FORM_JUMP_X ? at.reg[VD_REG_X] : vd_constant(insn->k);
	bool inverse = vd_value_test(insn->op, at.reg[VD_REG_A], k.bits, &unused) == -2;

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
		rest.kind = out.kind == ENDS	? VD_REST_VALUE
			    : out.kind == TESTS ? VD_REST_TESTS
						: VD_REST_STACK;
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
