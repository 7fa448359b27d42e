/* SPDX-License-Identifier: MIT */
#include "cases/calls.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <errno.h>
#include <string.h>

struct reader {
	const struct archs *archs;
	struct diags *diags;
	struct set_builder *builders; /* one for each part */
	struct arena *arena;
};

static bool begins_number(const struct span *span)
{
	char c = span->len ? span->text->data[span->off] : '\0';

	return (c >= '0' && c <= '9') || c == '-' || c == '+';
}

/* ------------------------------------------------------------- numbers */

static int refuse_number(const struct arch_part *part, const struct span *word, uint64_t nr,
			 struct diags *diags)
{
	char name[16];

	diag_error(diags, word, "'%.*s' is no number of %s", WORD_ARGS(word),
		   arch_part_name(part, name, sizeof(name)));
	if (part->abi == VD_ABI_X32 && (nr & 0xc0000000) == 0x40000000)
		diag_hint(diags, "x32's numbers are written without the bit 0x40000000: %u",
			  (unsigned)(nr & 0x3fffffff));
	else if (part->abi == VD_ABI_X32)
		diag_hint(diags, "x32's numbers are 0 to 0x3fffffff; this one is x86_64's");
	else
		diag_hint(diags, "it is x32's: write 'arch: x32' and 'syscall: %u'",
			  (unsigned)(nr & 0x3fffffff));
	return -1;
}

/* The raw number that is written as nr on a part. False: the part has no such number. */
static bool raw_number(const struct arch_part *part, uint64_t nr, uint64_t *ret_raw)
{
	const struct vd_abi_info *info = vd_abi_info(part->abi);

	if (info && info->nr_bit) {
		if (nr >= info->nr_bit)
			return false;
		nr |= info->nr_bit;
	}
	*ret_raw = nr;
	return true;
}

static int refuse_range(const struct arch_part *part, const struct span *word, struct diags *diags)
{
	const struct vd_abi_info *info = vd_abi_info(part->abi);

	diag_error(diags, word, "'%.*s' reaches past the numbers of %s", WORD_ARGS(word), info->name);
	diag_hint(diags, "%s's numbers are 0 to 0x%x", info->name, info->nr_bit - 1);
	return -1;
}

static void add_number(struct reader *reader, const struct span *word)
{
	uint64_t nr, raw;

	if (expr_const_bits(word, 32, reader->diags, &nr) < 0)
		return;
	for (size_t i = 0; i < reader->archs->n; i++) {
		const struct arch_part *part = &reader->archs->parts[i];
		if (!raw_number(part, nr, &raw) ||
		    (part->abi != VD_ABI_NONE && !set_contains(&part->space, raw))) {
			refuse_number(part, word, nr, reader->diags);
			return;
		}
		set_add(&reader->builders[i], raw, raw);
	}
}

static int range_end(const struct reader *reader, const struct span *end, const struct span *word,
		     uint64_t *ret_nr)
{
	if (!end->len) {
		diag_error(reader->diags, word, "a range has two ends");
		diag_hint(reader->diags, "write, for instance, 470..600");
		return -1;
	}
	if (!begins_number(end)) {
		diag_error(reader->diags, end, "a range of system calls is written with numbers");
		diag_hint(reader->diags, "write, for instance, 470..600");
		return -1;
	}
	return expr_const_bits(end, 32, reader->diags, ret_nr);
}

static void add_range(struct reader *reader, const struct span *word, const struct span *first,
		      const struct span *last)
{
	uint64_t lo, hi, raw_lo, raw_hi;

	if (range_end(reader, first, word, &lo) < 0 || range_end(reader, last, word, &hi) < 0)
		return;
	if (lo > hi) {
		diag_error(reader->diags, word,
			   "this range is empty: numbers are unsigned, and its first is larger");
		diag_hint(reader->diags, "write %.*s..%.*s", WORD_ARGS(last), WORD_ARGS(first));
		return;
	}
	for (size_t i = 0; i < reader->archs->n; i++) {
		const struct arch_part *part = &reader->archs->parts[i];
		if (!raw_number(part, lo, &raw_lo) || !raw_number(part, hi, &raw_hi)) {
			refuse_range(part, word, reader->diags);
			return;
		}
		set_add(&reader->builders[i], raw_lo, raw_hi);
	}
}

/* --------------------------------------------------------------- names */

static void refuse_missing(const struct reader *reader, const struct span *word, const struct arch_part *part)
{
	diag_error(reader->diags, word, "%s has no system call '%.*s', another ABI of this case has",
		   vd_abi_info(part->abi)->name, WORD_ARGS(word));
	diag_hint(reader->diags, "write '%.*s?' to pass over the ABIs that lack it", WORD_ARGS(word));
}

static void unknown_name(const struct reader *reader, const struct span *word, int abi)
{
	const char *near;
	uint32_t nr;

	(void)expr_syscall(word, abi, reader->diags, &nr);
	if (!memchr(word->text->data + word->off, '_', word->len) &&
	    vd_syscall_number(abi, word->text->data + word->off, word->len, &nr) == -EINVAL &&
	    !vd_names_near(VD_NAME_SYSCALL, abi, word->text->data + word->off, word->len, &near, 1))
		diag_hint(reader->diags, "a call that the tables do not know can be written as its number");
}

/* The archs could not be read: is it any ABI's name? */
static void check_name(const struct reader *reader, const struct span *word)
{
	uint32_t nr;

	if (vd_syscall_number(VD_ABI_X86_64, word->text->data + word->off, word->len, &nr) == -EINVAL)
		unknown_name(reader, word, VD_ABI_X86_64);
}

/* A bare name: the number on every ABI of the case that has it. */
static void add_name(struct reader *reader, const struct span *word, bool optional)
{
	const char *name = word->text->data + word->off;
	const struct arch_part *missing = NULL;
	bool found = false;
	uint32_t nr;

	for (size_t i = 0; i < reader->archs->n; i++) {
		const struct arch_part *part = &reader->archs->parts[i];
		if (part->abi == VD_ABI_NONE) {
			diag_error(reader->diags, word, "calls have names only where 'arch' names ABIs");
			diag_hint(reader->diags, "write the call's number, or name the ABIs");
			return;
		}
		if (vd_syscall_number(part->abi, name, word->len, &nr) == 0) {
			found = true;
			set_add(&reader->builders[i], nr, nr);
		} else if (!missing) {
			missing = part;
		}
	}
	if (!reader->archs->n)
		check_name(reader, word);
	else if (!found)
		unknown_name(reader, word, reader->archs->parts[0].abi);
	else if (missing && !optional)
		refuse_missing(reader, word, missing);
}

static void add_word(void *userdata, const struct node *node)
{
	struct reader *reader = userdata;
	struct span word = span_trim(node->text), first, last;

	if (word_check(node, "a system call", reader->diags) < 0)
		return;
	if (span_is(&word, "any")) {
		for (size_t i = 0; i < reader->archs->n; i++)
			set_add(&reader->builders[i], 0, UINT32_MAX);
	} else if (word_range(&word, &first, &last)) {
		add_range(reader, &word, &first, &last);
	} else if (begins_number(&word)) {
		add_number(reader, &word);
	} else {
		bool optional = word.len > 1 && word.text->data[word.off + word.len - 1] == '?';
		word.len -= optional;
		add_name(reader, &word, optional);
	}
}

/* ---------------------------------------------------------------- sets */

/* {not: [...]}: its list. NULL: another mapping (diagnosed). */
static const struct node *not_of(const struct node *node, struct diags *diags)
{
	const struct node *list = node->n == 1 ? node_get(node, "not") : NULL;

	if (!list) {
		diag_error(diags, &node->at,
			   "syscall is a name, a number, a range, a list of them or {not: [...]}");
		diag_hint(diags, "write, for instance, 'syscall: [mount, umount2]' or 'syscall: {not: [read, "
				 "write]}'");
	}
	return list;
}

static int finish(const struct reader *reader, bool negated, const struct node *node, struct set *ret_sets)
{
	bool some = false;

	for (size_t i = 0; i < reader->archs->n; i++) {
		const struct set *space = &reader->archs->parts[i].space;
		struct set set = set_build(&reader->builders[i]);
		if (negated)
			set = set_complement(&set, UINT32_MAX, reader->arena);
		if (set.n != 1 || set.items[0].lo != set.items[0].hi || !set_contains(space, set.items[0].lo))
			set = set_intersect(&set, space, reader->arena);
		ret_sets[i] = set;
		some |= set.n > 0;
	}
	if (some || !reader->archs->n)
		return 0;
	diag_error(reader->diags, &node->at, "no system call is left: the case would be about nothing");
	diag_hint(reader->diags, "'any' means every system call");
	return -1;
}

int calls_read(const struct node *node, const struct archs *archs, struct arena *arena, struct diags *diags,
	       struct set *ret_sets)
{
	struct reader reader = { .archs = archs, .diags = diags, .arena = arena };
	size_t errors = diags->errors;
	bool negated = node && node->kind == NODE_MAP && !node->bad;
	const struct node *list = negated ? not_of(node, diags) : node;

	if (node && (node->bad || !list))
		return -1;
	if (!node) {
		for (size_t i = 0; i < archs->n; i++)
			ret_sets[i] = archs->parts[i].space;
		return 0;
	}
	reader.builders = arena_alloc(arena, archs->n * sizeof(*reader.builders) + 1);
	for (size_t i = 0; i < archs->n; i++)
		reader.builders[i].arena = arena;
	words_each(list, "a system call", diags, add_word, &reader);
	if (diags->errors != errors)
		return -1;
	return finish(&reader, negated, node, ret_sets);
}
