/* SPDX-License-Identifier: MIT */
#include "cases/search.h"
#include "cases/broken.h"
#include "cases/samples.h"
#include "cases/where.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- words */

/* Words 2 to 15 are halves of values: which value, and whether the high one. */
static unsigned value_of(unsigned word)
{
	return (word - 2) / 2;
}

static bool is_high(const struct search *search, unsigned word)
{
	return (word & 1) != search->box->big_endian;
}

static uint64_t *value_at(struct seccomp_data *record, unsigned value)
{
	return value ? (uint64_t *)&record->args[value - 1] : (uint64_t *)&record->instruction_pointer;
}

static void put(struct search *search, unsigned word, uint32_t bits)
{
	if (word == WORD_NR) {
		search->record.nr = (int)bits;
	} else if (word == WORD_ARCH) {
		search->record.arch = bits;
	} else {
		uint64_t *at = value_at(&search->record, value_of(word));
		*at = is_high(search, word) ? (uint64_t)bits << 32 | (uint32_t)*at
					    : (*at & 0xffffffff00000000) | bits;
	}
}

/* What a word may be, given the other half of its value when that is fixed. */
static struct set allowed(struct search *search, unsigned word)
{
	const struct box *box = search->box;

	if (word == WORD_NR)
		return *box->nr;
	if (word == WORD_ARCH)
		return *box->arch;
	bool high = is_high(search, word), fixed = !(search->open >> (word ^ 1) & 1);
	uint64_t value = *value_at(&search->record, value_of(word));
	uint32_t other = (uint32_t)(high ? value : value >> 32);

	return set_half(box->values[value_of(word)], high, fixed ? &other : NULL, &search->arena);
}

static bool single(const struct set *set)
{
	return set->n == 1 && set->items[0].lo == set->items[0].hi;
}

/* Opens every word, then fixes those that have one value only. */
static void start(struct search *search)
{
	const struct box *box = search->box;

	search->record = (struct seccomp_data){ 0 };
	search->open = 0xffff;
	if (single(box->nr)) {
		put(search, WORD_NR, (uint32_t)box->nr->items[0].lo);
		search->open &= (uint16_t) ~(1u << WORD_NR);
	}
	if (single(box->arch)) {
		put(search, WORD_ARCH, (uint32_t)box->arch->items[0].lo);
		search->open &= (uint16_t) ~(1u << WORD_ARCH);
	}
	for (unsigned value = 0; value < RECORD_VALUES; value++) {
		if (!single(box->values[value]))
			continue;
		*value_at(&search->record, value) = box->values[value]->items[0].lo;
		search->open &= (uint16_t) ~(3u << (2 + 2 * value));
	}
}

/* Fixes what is still open: no run reads it, any value of the set will do. */
static void close_open(struct search *search)
{
	for (unsigned word = 0; word < RECORD_WORDS; word++) {
		if (!(search->open >> word & 1))
			continue;
		/* high halves first: the smallest value has the smallest high half */
		unsigned next = word >= 2 && !is_high(search, word) && (search->open >> (word ^ 1) & 1)
					? word ^ 1
					: word;
		struct set set = allowed(search, next);
		put(search, next, set.n ? (uint32_t)set.items[0].lo : 0);
		search->open &= (uint16_t) ~(1u << next);
		word -= next != word;
	}
}

/* --------------------------------------------------------------- search */

/* The record that stands for all that no run of it reads, of an arch when that is open. */
static void collect_one(struct search *search, const uint32_t *arch)
{
	struct claim_records *list = search->list;
	struct seccomp_data record = search->record;
	uint16_t open = search->open;

	if (list->n == list->cap) {
		list->cap = list->cap ? 2 * list->cap : 64;
		list->items = realloc(list->items, list->cap * sizeof(*list->items));
		if (!list->items)
			out_of_memory();
	}
	if (arch) {
		put(search, WORD_ARCH, *arch);
		search->open &= (uint16_t) ~(1u << WORD_ARCH);
	}
	close_open(search);
	list->items[list->n++] = search->record;
	search->record = record;
	search->open = open;
}

/* An arch that no run reads is each of those that there is an entry for. */
static void collect(struct search *search)
{
	static const int abis[] = { VD_ABI_X86_64, VD_ABI_I386 };

	if (search->every_arch || !(search->open >> WORD_ARCH & 1)) {
		collect_one(search, NULL);
		return;
	}
	for (int i = 0; i < 2; i++) {
		uint32_t arch = vd_abi_info(abis[i])->audit_arch;
		if (set_contains(search->box->arch, arch))
			collect_one(search, &arch);
	}
}

/* One record of a sample: whether the other stack decides the same. Words that are still open are closed. */
static void judge_same(struct search *search, const struct vd_verdict *verdict)
{
	const struct vd_stack *other = search->claim->same_as->stacks[search->box->big_endian].stack;
	uint16_t open = search->open;

	search->records++;
	search->verdict = *verdict;
	close_open(search);
	search->failed = !claim_excepts(search->claim, &search->record) &&
			 vd_effective(verdict->ret) != vd_effective(vd_stack_run(other, &search->record).ret);
	if (!search->failed)
		search->open = open;
}

static void judge(struct search *search, const struct vd_verdict *verdict)
{
	const struct claim *claim = search->claim;
	const struct expect *expect = search->box->expect;

	if (claim->same_as && !search->list) {
		judge_same(search, verdict);
		return;
	}
	search->records++;
	if (search->list) {
		collect(search);
		return;
	}
	if (expect && !expect_matches(expect, verdict))
		search->failed = true;
	else if (claim->max_insns && verdict->insns > claim->max_insns)
		search->failed = search->over_limit = true;
	if (!search->failed)
		return;
	search->verdict = *verdict;
	close_open(search);
}

/* Square root, so that what is left of a budget is spread over the words to come. */
static size_t share(unsigned long long budget)
{
	size_t root = 1;

	while ((unsigned long long)root * root < budget)
		root++;
	return root;
}

static void explore(struct search *search, unsigned long long budget);

static void fix_each(struct search *search, unsigned word, const struct word_list *values,
		     unsigned long long budget)
{
	search->open &= (uint16_t) ~(1u << word);
	for (size_t i = 0; i < values->n && !search->failed && !search->too_many; i++) {
		if (search->sample && search->runs > search->runs_max) {
			search->sampled = true;
			break;
		}
		put(search, word, values->items[i]);
		explore(search, budget);
	}
	if (!search->failed)
		search->open |= (uint16_t)(1u << word);
}

/* nr and arch do not count against the budget: their lists are bounded by themselves. */
static void branch(struct search *search, unsigned word, unsigned long long budget)
{
	struct arena_mark mark = arena_mark(&search->arena);
	struct set set = allowed(search, word);
	bool wide = word == WORD_NR || word == WORD_ARCH;
	uint64_t count = set_count(&set);
	size_t max = search->sample ? share(budget) : search->runs_max;
	struct word_list values;

	if (!search->sample && (count > search->runs_max - search->runs || (!wide && count > budget))) {
		search->too_many = true;
		return;
	}
	values = samples_pick(search->box->where ? search->box->where->samples : NULL,
			      search->claim->stack->samples, word, &set, search->box->abi, max,
			      &search->arena);
	if (values.n < count)
		search->sampled = true;
	fix_each(search, word, &values, wide ? budget : budget / (values.n ? values.n : 1));
	arena_release(&search->arena, mark);
}

/* budget: records that the words still open may stand for; runs are bounded besides. */
static void explore(struct search *search, unsigned long long budget)
{
	const struct where *where = search->box->where;
	struct vd_verdict verdict;
	/* first whether the record is meant: that may need words which no filter reads */
	int word = where ? vd_stack_run_open(where->stack, &search->record, search->open, &verdict) : -1;
	bool meant = word < 0 && (!where || verdict.ret == 1);

	if (meant)
		word = vd_stack_run_open(search->stack, &search->record, search->open, &verdict);
	if (++search->runs > search->runs_max && !search->sample)
		search->too_many = true;
	else if (word >= 0)
		branch(search, (unsigned)word, budget);
	else if (meant)
		judge(search, &verdict);
}

void search_box(struct search *search, const struct box *box, unsigned long long budget)
{
	search->box = box;
	search->stack = search->claim->stack->stacks[box->big_endian].stack;
	start(search);
	explore(search, budget);
	arena_done(&search->arena);
}

/* Records per (arch, nr) that a sample may take. */
unsigned long long search_samples(const struct claim *claim)
{
	unsigned long long pairs = 0;

	for (size_t i = 0; i < claim->n; i++) {
		uint64_t numbers = set_count(claim->boxes[i].nr), archs = set_count(claim->boxes[i].arch);
		pairs += (numbers < 2048 ? numbers : 2048) * (archs < 64 ? archs : 64);
	}
	return CLAIM_SAMPLES_MAX / 64 > CLAIM_SAMPLES_MAX / (pairs / 4 + 1)
		       ? CLAIM_SAMPLES_MAX / 64
		       : CLAIM_SAMPLES_MAX / (pairs / 4 + 1);
}
