/* SPDX-License-Identifier: MIT */
/* What all formats say in the same words. */
#include "loader/call.h"
#include "loader/diff/diff.h"
#include "loader/free.h"

#include <string.h>

#define NAMED_MAX 8 /* arch words that are listed one by one */

uint16_t diff_free(const struct diff *diff, const struct seccomp_data *data)
{
	uint16_t words = UINT16_MAX;

	for (unsigned i = 0; i < 2; i++) {
		vd_stack_set_big_endian(diff->stacks[i]->stack, call_big_endian(data));
		words &= free_words(diff->stacks[i]->stack, data);
	}
	return words;
}

/* ABIs that have this arch word: x86_64 stands for x32 too. */
static const char *arch_name(uint32_t arch, char *buf, size_t size)
{
	int abi = vd_abi_of(arch, 0);

	if (abi != VD_ABI_NONE)
		return vd_abi_info(abi)->name;
	snprintf(buf, size, "0x%08x", arch);
	return buf;
}

static void append(char *buf, size_t size, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s", text);
}

/* "x86_64, i386", or false: there are too many words. */
static bool list_archs(const struct vd_range *ranges, size_t n, char *buf, size_t size)
{
	unsigned listed = 0;
	char word[16];

	for (size_t i = 0; i < n; i++)
		for (uint64_t arch = ranges[i].first; arch <= ranges[i].last; arch++) {
			if (++listed > NAMED_MAX)
				return false;
			if (listed > 1)
				append(buf, size, ", ");
			append(buf, size, arch_name((uint32_t)arch, word, sizeof(word)));
		}
	return true;
}

/* The words between ranges. */
static size_t between(const struct diff_change *change, struct vd_range *ret_gaps, size_t max)
{
	uint64_t from = 0;
	size_t n = 0;

	for (size_t i = 0; i <= change->n_archs && n < max; i++) {
		uint64_t first = i < change->n_archs ? change->archs[i].first : (uint64_t)UINT32_MAX + 1;
		if (first > from)
			ret_gaps[n++] = (struct vd_range){ from, first - 1 };
		if (i < change->n_archs)
			from = change->archs[i].last + 1;
	}
	return n;
}

const char *diff_place(struct diff *diff, const struct diff_change *change)
{
	struct vd_range gaps[NAMED_MAX + 1];
	char text[256] = "", word[64];
	size_t n;

	if (change->abi != VD_ABI_NONE)
		return vd_abi_info(change->abi)->name;
	if (list_archs(change->archs, change->n_archs, text, sizeof(text)))
		return arena_text(&diff->arena, text, strlen(text));
	n = between(change, gaps, NAMED_MAX + 1);
	if (!n)
		return "every arch";
	strcpy(text, "every arch but ");
	if (n > NAMED_MAX || !list_archs(gaps, n, text, sizeof(text))) {
		strcpy(text, "archs");
		for (size_t i = 0; i < change->n_archs && i < NAMED_MAX; i++) {
			snprintf(word, sizeof(word), "%s0x%08llx..0x%08llx", i ? ", " : " ",
				 (unsigned long long)change->archs[i].first,
				 (unsigned long long)change->archs[i].last);
			append(text, sizeof(text), word);
		}
		append(text, sizeof(text), change->n_archs > NAMED_MAX ? ", …" : "");
	}
	return arena_text(&diff->arena, text, strlen(text));
}

/* ------------------------------------------------------------------ */

size_t diff_subjects(const struct diff_change *change)
{
	return change->every ? 1 : change->n_calls + change->n_numbers;
}

/* Numbers as case files have them: x32's without the bit, those over 2^31 as they are easiest to read. */
static const char *number_text(int abi, uint64_t number, char *buf, size_t size)
{
	uint32_t nr = (uint32_t)number, bit = abi == VD_ABI_NONE ? 0 : vd_abi_info(abi)->nr_bit;

	nr &= ~bit;
	if (nr < 0x10000)
		snprintf(buf, size, "%u", nr);
	else if (nr > 0xfffff000)
		snprintf(buf, size, "%d", (int)nr);
	else
		snprintf(buf, size, "0x%x", nr);
	return buf;
}

const char *diff_subject(const struct diff_change *change, size_t i, char *buf, size_t size)
{
	char first[16], last[16];

	if (change->every)
		return "every call";
	if (i < change->n_calls)
		return vd_syscall_name(change->abi, change->calls[i]);
	const struct vd_range *range = &change->numbers[i - change->n_calls];
	number_text(change->abi, range->first, first, sizeof(first));
	number_text(change->abi, range->last, last, sizeof(last));
	const char *name = change->abi == VD_ABI_NONE ? vd_syscall_name(VD_ABI_X86_64, (uint32_t)range->first)
						      : NULL;
	if (range->first != range->last)
		snprintf(buf, size, "%s..%s", first, last);
	else if (name)
		snprintf(buf, size, "%s (%s on x86_64)", first, name);
	else
		snprintf(buf, size, "%s", first);
	return buf;
}

/* ------------------------------------------------------------------ */

void diff_summary(const struct diff *diff, char *buf, size_t size)
{
	size_t counts[DIFF_SENSES] = { 0 };
	const char *before = ": ";
	char word[64];

	if (!diff->differ) {
		snprintf(buf, size,
			 diff->unknown ? "not known: the budget is spent, and no sample differs"
			 : diff->raw   ? "equal: every record gets the same value (proved)"
				       : "equal: every record gets the same verdict (proved)");
		return;
	}
	for (size_t i = 0; i < diff->n; i++)
		counts[diff->changes[i].sense]++;
	snprintf(buf, size, "%zu change%s", diff->n, diff->n == 1 ? "" : "s");
	for (int sense = 0; sense < DIFF_SENSES; sense++) {
		if (!counts[sense])
			continue;
		snprintf(word, sizeof(word), "%s%zu %s", before, counts[sense],
			 diff_sense_name((enum diff_sense)sense));
		append(buf, size, word);
		before = ", ";
	}
	if (diff->left_out) {
		snprintf(word, sizeof(word), "; %zu not asked for", diff->left_out);
		append(buf, size, word);
	}
	if (diff->incomplete)
		append(buf, size, "; there may be more: the budget is spent");
}
