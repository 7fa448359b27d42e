/* SPDX-License-Identifier: MIT */
#include "cases/samples.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that are tried wherever a case leaves nr open: past the newest call of every table. */
#define NR_LOW 1024
/* Ends of so many of a set's intervals are tried. */
#define ENDS_MAX 64

static void add(struct word_list *list, uint32_t value, struct arena *arena)
{
	list->items = arena_grow(arena, list->items, list->n, &list->cap, sizeof(*list->items));
	list->items[list->n++] = value;
}

static void add_near(struct word_list *list, uint32_t value, struct arena *arena)
{
	add(list, value, arena);
	add(list, value - 1, arena);
	add(list, value + 1, arena);
}

static int by_value(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return a < b ? -1 : a > b;
}

static void sort_unique(struct word_list *list)
{
	size_t n = 0;

	if (list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), by_value);
	for (size_t i = 0; i < list->n; i++)
		if (!i || list->items[i] != list->items[i - 1])
			list->items[n++] = list->items[i];
	list->n = n;
}

/* ------------------------------------------------------------ programs */

static bool is_jump_k(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) != BPF_JA &&
	       BPF_SRC(insn->code) == BPF_K;
}

/* `and #mask` on a word, and what its result is compared with. */
static void add_masked(struct word_list *list, uint32_t mask, const struct sock_filter *next,
		       struct arena *arena)
{
	add(list, mask, arena);
	add(list, ~mask, arena);
	if (!next || !is_jump_k(next))
		return;
	add(list, next->k, arena);
	add(list, next->k | ~mask, arena);
	add(list, (next->k ^ mask) & mask, arena);
	add(list, (next->k + 1) & mask, arena);
}

static void collect(struct samples *samples, const struct vd_prog *prog, const struct vd_fact *facts,
		    struct arena *arena)
{
	const struct sock_filter *insns = vd_prog_insns(prog);
	size_t len = vd_prog_len(prog);

	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *insn = &insns[pc];
		struct word_list *list = facts[pc].word >= 0 ? &samples->words[facts[pc].word]
							     : &samples->derived;

		if (!facts[pc].reachable)
			continue;
		if (is_jump_k(insn)) {
			add_near(list, insn->k, arena);
			if (BPF_OP(insn->code) == BPF_JSET)
				add(list, ~insn->k, arena);
		} else if (insn->code == (BPF_ALU | BPF_AND | BPF_K)) {
			add_masked(list, insn->k, pc + 1 < len ? insn + 1 : NULL, arena);
		} else if ((BPF_CLASS(insn->code) == BPF_ALU && BPF_SRC(insn->code) == BPF_K) ||
			   insn->code == (BPF_LDX | BPF_IMM)) {
			add_near(&samples->derived, insn->k, arena);
		}
	}
}

const struct samples *samples_new(const struct vd_stack *stack, struct arena *arena)
{
	struct samples *samples = arena_alloc(arena, sizeof(*samples));

	for (size_t i = 0; i < vd_stack_len(stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(stack, i);
		struct vd_fact *facts = calloc(vd_prog_len(prog), sizeof(*facts));

		if (!facts)
			continue;
		vd_prog_facts(prog, facts);
		collect(samples, prog, facts, arena);
		free(facts);
	}
	for (unsigned word = 0; word < RECORD_WORDS; word++)
		sort_unique(&samples->words[word]);
	sort_unique(&samples->derived);
	return samples;
}

/* ------------------------------------------------------------- choices */

/* Collects values of a set, each once, the most telling first. */
struct picker {
	const struct set *allowed;
	struct arena *arena;
	struct word_list picked;
	size_t max;
};

static void pick(struct picker *picker, uint32_t value)
{
	if (picker->picked.n == picker->max || !set_contains(picker->allowed, value))
		return;
	for (size_t i = 0; i < picker->picked.n; i++)
		if (picker->picked.items[i] == value)
			return;
	add(&picker->picked, value, picker->arena);
}

static void pick_all(struct picker *picker, const struct word_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		pick(picker, list->items[i]);
}

static void pick_ends(struct picker *picker)
{
	const struct set *set = picker->allowed;

	for (size_t i = 0; i < set->n && i < ENDS_MAX; i++) {
		pick(picker, (uint32_t)set->items[i].lo);
		pick(picker, (uint32_t)set->items[i].hi);
	}
	if (set->n)
		pick(picker, (uint32_t)set->items[set->n - 1].hi);
}

static void pick_edges(struct picker *picker)
{
	static const uint32_t edges[] = { 0,	      0xffffffff, 0x7fffffff, 0x80000000, 1,
					  0xfffffffe, 2,	  0xffff,     0x10000 };

	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++)
		pick(picker, edges[i]);
	for (unsigned bit = 0; bit < 32; bit++)
		pick(picker, 1u << bit);
}

/* Every number that the tables know for an ABI (or any), those below NR_LOW, and where x32 begins and ends.
 */
static void pick_numbers(struct picker *picker, int abi)
{
	static const uint32_t edges[] = { 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000,
					  0xbfffffff, 0xc0000000, 0xffffffff };
	const struct vd_abi_info *info = vd_abi_info(abi);

	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++)
		add(&picker->picked, edges[i], picker->arena);
	for (uint32_t nr = 0; nr < NR_LOW; nr++) {
		add(&picker->picked, nr | (info ? info->nr_bit : 0), picker->arena);
		if (!info)
			add(&picker->picked, nr | 0x40000000, picker->arena);
	}
	for (size_t i = 0; info && i < vd_abi_syscalls(abi); i++)
		add(&picker->picked, vd_abi_syscall_at(abi, i), picker->arena);
}

/* The words that the tables know, each with the other byte order, width and the N32 bit. */
static void pick_archs(struct picker *picker)
{
	static const uint32_t bits[] = { 0, __AUDIT_ARCH_64BIT, __AUDIT_ARCH_LE,
					 __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE,
					 __AUDIT_ARCH_CONVENTION_MIPS64_N32 };

	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++)
			add(&picker->picked, vd_abi_info(abi)->audit_arch ^ bits[i], picker->arena);
}

static struct word_list enumerate(const struct set *allowed, struct arena *arena)
{
	struct word_list list = { 0 };

	for (size_t i = 0; i < allowed->n; i++)
		for (uint64_t value = allowed->items[i].lo; value <= allowed->items[i].hi; value++)
			add(&list, (uint32_t)value, arena);
	return list;
}

static void add_all(struct picker *picker, const struct samples *samples, unsigned word)
{
	for (size_t i = 0; i < samples->words[word].n; i++)
		add(&picker->picked, samples->words[word].items[i], picker->arena);
	for (size_t i = 0; i < samples->derived.n; i++)
		add(&picker->picked, samples->derived.items[i], picker->arena);
}

/* For nr and arch the order does not matter, nothing is cut off: sort, then drop what is not allowed. */
static struct word_list pick_wide(struct picker *picker, const struct samples *first,
				  const struct samples *samples, unsigned word, int abi)
{
	static const uint32_t edges[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff };
	struct word_list all, kept = { 0 };

	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++)
		add(&picker->picked, edges[i], picker->arena);
	if (first)
		add_all(picker, first, word);
	add_all(picker, samples, word);
	for (size_t i = 0; i < picker->allowed->n && i < ENDS_MAX; i++) {
		add(&picker->picked, (uint32_t)picker->allowed->items[i].lo, picker->arena);
		add(&picker->picked, (uint32_t)picker->allowed->items[i].hi, picker->arena);
	}
	if (word == WORD_NR)
		pick_numbers(picker, abi);
	else
		pick_archs(picker);
	all = picker->picked;
	sort_unique(&all);
	for (size_t i = 0; i < all.n; i++)
		if (set_contains(picker->allowed, all.items[i]))
			add(&kept, all.items[i], picker->arena);
	return kept;
}

struct word_list samples_pick(const struct samples *first, const struct samples *samples, unsigned word,
			      const struct set *allowed, int abi, size_t max, struct arena *arena)
{
	struct picker picker = { .allowed = allowed, .arena = arena, .max = max };
	bool wide = word == WORD_NR || word == WORD_ARCH;

	if (set_count(allowed) <= (wide && max < 4 * NR_LOW ? 4 * NR_LOW : max))
		return enumerate(allowed, arena);
	if (wide)
		return pick_wide(&picker, first, samples, word, abi);
	pick_ends(&picker);
	if (first)
		pick_all(&picker, &first->words[word]);
	pick_all(&picker, &samples->words[word]);
	pick_edges(&picker);
	if (first)
		pick_all(&picker, &first->derived);
	pick_all(&picker, &samples->derived);
	sort_unique(&picker.picked);
	return picker.picked;
}
