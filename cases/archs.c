/* SPDX-License-Identifier: MIT */
#include "cases/archs.h"
#include "cases/words.h"
#include "loader/call.h"
#include "loader/expr.h"

#include <stdio.h>
#include <string.h>

/* x32 (kernel: X32_SYSCALL_BIT): numbers whose two highest bits are 01; x86_64 has all others. */
#define X32_FIRST 0x40000000u
#define X32_LAST 0x7fffffffu

static const struct set x32_space = { (const struct interval[]){ { X32_FIRST, X32_LAST } }, 1 };
static const struct set x86_64_space = {
	(const struct interval[]){ { 0, X32_FIRST - 1 }, { (uint64_t)X32_LAST + 1, UINT32_MAX } }, 2
};

/* The numbers of an ABI as records have them. */
static const struct set *abi_space(int abi)
{
	return abi == VD_ABI_X32 ? &x32_space : abi == VD_ABI_X86_64 ? &x86_64_space : &set_all_32;
}

struct reader {
	struct arena *arena;
	struct diags *diags;
	bool abis[VD_ABI_COUNT];
	bool any;
	struct set_builder numbers; /* arch words written as numbers */
	size_t n;		    /* words read */
};

static void add_all(struct reader *reader)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		reader->abis[abi] = true;
}

/* The hint for a name that nothing is near to. */
static void list_abis(const struct reader *reader, const struct span *word)
{
	const char *name = word->text->data + word->off, *near;
	char list[256] = "";
	size_t at = 0;

	if ((word->len && *name >= '0' && *name <= '9') ||
	    vd_names_near(VD_NAME_ABI, VD_ABI_NONE, name, word->len, &near, 1))
		return;
	for (int abi = 0; abi < VD_ABI_COUNT && at < sizeof(list); abi++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", abi ? ", " : "",
				       vd_abi_info(abi)->name);
	diag_hint(reader->diags, "the ABIs are: %s", list);
}

static void add_word(void *userdata, const struct node *word)
{
	struct reader *reader = userdata;
	uint32_t arch;
	int abi;

	reader->n++;
	if (word_check(word, "an ABI", reader->diags) < 0)
		return;
	if (node_is(word, "all")) {
		add_all(reader);
	} else if (node_is(word, "any")) {
		reader->any = true;
	} else if (expr_arch(&word->text, reader->diags, &abi, &arch) < 0) {
		list_abis(reader, &word->text);
	} else if (abi == VD_ABI_NONE) {
		set_add(&reader->numbers, arch, arch);
	} else {
		reader->abis[abi] = true;
	}
}

static bool is_x86(int abi)
{
	return abi == VD_ABI_X86_64 || abi == VD_ABI_I386 || abi == VD_ABI_X32;
}

static struct arch_part *part_new(struct archs *archs, const struct set *words, struct arena *arena,
				  size_t *cap)
{
	archs->parts = arena_grow(arena, archs->parts, archs->n, cap, sizeof(*archs->parts));
	struct arch_part *part = &archs->parts[archs->n++];
	*part = (struct arch_part){
		.abi = VD_ABI_NONE, .words = *words, .space = set_all_32, .reg_bits = 64
	};
	return part;
}

static void add_abi(struct archs *archs, int abi, struct arena *arena, size_t *cap)
{
	const struct vd_abi_info *info = vd_abi_info(abi);
	struct interval *word = arena_alloc(arena, sizeof(*word));
	struct set words = { word, 1 };

	*word = (struct interval){ info->audit_arch, info->audit_arch };
	struct arch_part *part = part_new(archs, &words, arena, cap);
	part->abi = abi;
	part->space = *abi_space(abi);
	part->big_endian = info->big_endian;
	part->reg_bits = info->reg_bits;
	archs->varied |= !is_x86(abi);
	archs->narrow |= info->reg_bits == 32;
}

static const struct vd_abi_info *info_of(uint32_t word)
{
	return vd_abi_info(vd_abi_of(word, 0));
}

/* Arch words with numbers only: one part for each byte order. */
static void add_words(struct archs *archs, const struct set *words, const bool *forced, struct arena *arena,
		      size_t *cap)
{
	struct set_builder orders[2] = { { .arena = arena }, { .arena = arena } };

	for (size_t i = 0; i < words->n; i++) {
		/* the byte order is a bit of the word (linux/audit.h: __AUDIT_ARCH_LE, 0x40000000) */
		for (uint64_t lo = words->items[i].lo; lo <= words->items[i].hi;) {
			uint64_t end = lo | 0x3fffffff,
				 hi = end < words->items[i].hi ? end : words->items[i].hi;
			struct seccomp_data data = { .arch = (uint32_t)lo };
			bool known = info_of((uint32_t)lo) && lo == hi;
			set_add(&orders[forced && !known ? *forced : call_big_endian(&data)], lo, hi);
			lo = hi + 1;
		}
	}
	for (int big = 0; big < 2; big++) {
		struct set set = set_build(&orders[big]);
		if (!set.n)
			continue;
		struct arch_part *part = part_new(archs, &set, arena, cap);
		const struct vd_abi_info *info = info_of((uint32_t)set.items[0].lo);
		part->big_endian = big;
		if (set.n == 1 && set.items[0].lo == set.items[0].hi && info)
			part->reg_bits = info->reg_bits;
		archs->varied |= part->reg_bits == 32 || !info;
		archs->narrow |= part->reg_bits == 32;
	}
}

/*
 * `not`: all records but those of the ABIs and words named. Where x32 or x86_64
 * is named alone, the other's numbers under their common word stay in.
 */
static void add_others(struct archs *archs, struct reader *reader, const bool *forced, size_t *cap)
{
	struct set_builder builder = { .arena = reader->arena };
	struct set named = set_build(&reader->numbers);
	uint64_t common = vd_abi_info(VD_ABI_X86_64)->audit_arch;
	bool split = reader->abis[VD_ABI_X86_64] != reader->abis[VD_ABI_X32] && !set_contains(&named, common);

	for (size_t i = 0; i < named.n; i++)
		set_add(&builder, named.items[i].lo, named.items[i].hi);
	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		if (reader->abis[abi])
			set_add(&builder, vd_abi_info(abi)->audit_arch, vd_abi_info(abi)->audit_arch);
	struct set all = set_build(&builder), rest = set_complement(&all, UINT32_MAX, reader->arena);
	add_words(archs, &rest, forced, reader->arena, cap);
	if (split) {
		bool x32 = reader->abis[VD_ABI_X86_64];
		struct interval *word = arena_alloc(reader->arena, sizeof(*word));
		*word = (struct interval){ common, common };
		struct set words = { word, 1 };
		part_new(archs, &words, reader->arena, cap)->space = *abi_space(x32 ? VD_ABI_X32
										    : VD_ABI_X86_64);
	}
}

/* {not: [...]}: its list. NULL: another mapping (diagnosed). */
static const struct node *not_of(const struct node *node, struct diags *diags)
{
	const struct node *list = node->n == 1 ? node_get(node, "not") : NULL;

	if (!list) {
		diag_error(diags, &node->at, "arch is an ABI, a list of them or {not: [...]}");
		diag_hint(diags, "write, for instance, 'arch: [x86_64, i386]' or 'arch: {not: [x86_64]}'");
	}
	return list;
}

/* 1: given, 0: not given, -1: diagnosed. */
static int read_order(const struct node *node, struct diags *diags, bool *ret_big)
{
	if (!node)
		return 0;
	if (node->bad)
		return -1;
	if (!node_is(node, "big") && !node_is(node, "little")) {
		diag_error(diags, &node->at, "byte_order is 'big' or 'little'");
		return -1;
	}
	*ret_big = node_is(node, "big");
	return 1;
}

static int build(struct reader *reader, bool negated, const bool *forced, struct archs *ret_archs)
{
	struct archs archs = { 0 };
	size_t cap = 0;

	if (negated) {
		if (!reader->any)
			add_others(&archs, reader, forced, &cap);
	} else if (reader->any) {
		add_words(&archs, &set_all_32, forced, reader->arena, &cap);
	} else {
		for (int abi = 0; abi < VD_ABI_COUNT; abi++)
			if (reader->abis[abi])
				add_abi(&archs, abi, reader->arena, &cap);
		struct set numbers = set_build(&reader->numbers);
		/* one part for each number: registers may differ */
		for (size_t i = 0; i < numbers.n; i++) {
			for (uint64_t word = numbers.items[i].lo; word <= numbers.items[i].hi; word++) {
				struct interval one = { word, word };
				struct set words = { &one, 1 };
				add_words(&archs, &words, forced, reader->arena, &cap);
			}
		}
	}
	*ret_archs = archs;
	return archs.n ? 0 : -1;
}

int archs_read(const struct node *node, const struct node *byte_order, struct arena *arena,
	       struct diags *diags, struct archs *ret_archs)
{
	struct reader reader = { .arena = arena, .diags = diags, .numbers = { .arena = arena } };
	size_t errors = diags->errors;
	bool big = false;
	int order = read_order(byte_order, diags, &big);
	const struct node *list = node;
	bool negated = node && node->kind == NODE_MAP && !node->bad;

	if (order < 0 || (node && node->bad))
		return -1;
	if (!node)
		reader.abis[VD_ABI_X86_64] = true;
	if (negated)
		list = not_of(node, diags);
	if (list)
		words_each(list, "an ABI", diags, add_word, &reader);
	if (diags->errors != errors || (node && !list))
		return -1;
	if (build(&reader, negated, order ? &big : NULL, ret_archs) < 0) {
		diag_error(diags, &node->at, "no arch is left: the case would be about nothing");
		diag_hint(diags, "'all' means every ABI that is known, 'any' every arch word");
		return -1;
	}
	return 0;
}

const char *arch_part_name(const struct arch_part *part, char *buf, size_t size)
{
	if (part->abi != VD_ABI_NONE)
		return vd_abi_info(part->abi)->name;
	if (part->words.n != 1 || part->words.items[0].lo != part->words.items[0].hi)
		return "any";
	snprintf(buf, size, "0x%08x", (unsigned)part->words.items[0].lo);
	return buf;
}
