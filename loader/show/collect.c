/* SPDX-License-Identifier: MIT */
/*
 * Exact tables of a stack: one for each byte order. Where the budget does not
 * suffice, the ABIs' words are asked alone, and then halves of their numbers,
 * until what is left is small, or time is over.
 */
#include "loader/show/show.h"

#include "loader/call.h"
#include "vm/clock.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define DEFAULT_MS 10000u
/* What one of the smaller questions may cost. */
#define PIECE_NODES 500000u
#define PIECES 40u /* so many of them take as long as the first question may */
/* Raw verdicts of one call; more are shown as what the kernel acts on. */
#define RAW_MAX 64u

static const struct vd_range all_numbers = { 0, UINT32_MAX };

struct piece {
	struct vd_ranges words;
	struct vd_range nr;
	bool small;	/* part of a larger one */
	bool separated; /* the words are one, or none is an ABI's */
};

static unsigned total_ms(const struct show *show)
{
	return show->ms ? show->ms : DEFAULT_MS;
}

static struct vd_budget piece_budget(const struct show *show)
{
	return (struct vd_budget){ PIECE_NODES, total_ms(show) / PIECES + 1 };
}

static bool out_of_time(struct show *show)
{
	uint64_t now = clock_ns();

	if (!show->deadline_ns)
		show->deadline_ns = now + (uint64_t)total_ms(show) * NS_PER_MS;
	return now > show->deadline_ns;
}

static void collect(struct show *show, const struct piece *piece);

static void not_known(struct show *show, const struct piece *piece)
{
	static const struct answer spent = { .end = ANSWER_SPENT };
	const struct vd_ranges nr = { &piece->nr, 1 };

	show_add_class(show, &piece->words, &nr, show_intern(show, &spent));
}

/* Takes a word out of the ranges; how many there are then. */
static size_t cut_out(struct vd_range *ranges, size_t n, size_t at, uint32_t word)
{
	const struct vd_range before = { ranges[at].first, (uint64_t)word - 1 },
			      behind = { (uint64_t)word + 1, ranges[at].last };
	bool has_before = word > ranges[at].first, has_behind = word < ranges[at].last;
	size_t kept = at + has_before + has_behind;

	memmove(&ranges[kept], &ranges[at + 1], (n - at - 1) * sizeof(*ranges));
	if (has_before)
		ranges[at] = before;
	if (has_behind)
		ranges[at + has_before] = behind;
	return kept + n - at - 1;
}

/* Words that are an ABI's own, one by one, and the others together. */
static void separate(struct show *show, const struct piece *piece)
{
	struct vd_range rest[VD_ABI_COUNT + 2];
	size_t n = piece->words.n;

	memcpy(rest, piece->words.ranges, n * sizeof(*rest));
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		uint32_t word = vd_abi_info(abi)->audit_arch;
		struct vd_range one = { word, word };
		size_t at = 0;
		while (at < n && (word < rest[at].first || word > rest[at].last))
			at++;
		if (at == n)
			continue;
		const struct piece alone = { { &one, 1 }, piece->nr, true, true };
		collect(show, &alone);
		n = cut_out(rest, n, at, word);
	}
	const struct piece others = { { rest, n }, piece->nr, true, true };
	if (n)
		collect(show, &others);
}

/* No table can be made of what is there then. */
static void fail(struct show *show, int error)
{
	if (error == -ENOMEM)
		out_of_memory();
	show->error = error;
}

/* Where a range of numbers is divided: what has names lies before the first 1,024 of an ABI. */
static uint64_t divide_at(const struct vd_range *nr)
{
	static const uint32_t borders[] = { X32_FIRST, X32_END, 1024, X32_FIRST + 1024 };

	for (size_t i = 0; i < sizeof(borders) / sizeof(*borders); i++)
		if (borders[i] > nr->first && borders[i] <= nr->last)
			return borders[i];
	return nr->first + (nr->last - nr->first) / 2 + 1;
}

static void divide(struct show *show, const struct piece *piece)
{
	uint64_t middle = divide_at(&piece->nr);
	struct piece half = *piece;

	if (out_of_time(show) || (piece->separated && piece->nr.first == piece->nr.last)) {
		not_known(show, piece);
	} else if (!piece->separated) {
		separate(show, piece);
	} else {
		half.small = true;
		half.nr.last = middle - 1;
		collect(show, &half);
		half.nr = (struct vd_range){ middle, piece->nr.last };
		collect(show, &half);
	}
}

/* What the kernel acts on, for a class that returns too many values. */
static int effective(struct show *show, const struct vd_class *class, struct answer *answer)
{
	const struct vd_budget budget = piece_budget(show);
	const struct vd_set set = { .arch = class->arch, .nr = class->nr };
	struct answer other;
	struct vd_map *map;
	int r = vd_map_new(show->stack, NULL, &set, 0, &budget, &map);

	if (r < 0)
		return r == -E2BIG ? 0 : r;
	if (vd_map_classes(map) == 1) {
		r = answer_make(&show->arena, map, 0, &other);
		if (r == 0 && other.end == ANSWER_ALL) {
			*answer = other;
			answer->effective = true;
		}
	}
	vd_map_free(map);
	return r;
}

/* A record of each outcome of a mixed class, whichever call has it. */
static void find_mixed(struct show *show, const struct piece *piece, struct answer *answer)
{
	const struct vd_set set = { .arch = piece->words, .nr = { &piece->nr, 1 } };
	const struct vd_budget budget = piece_budget(show);

	for (size_t i = 0; i < answer->n; i++) {
		struct outcome *outcome = &answer->outcomes[i];
		struct vd_range others[2];
		struct vd_expect never = { .values = others };
		enum vd_answer found;
		if (outcome->ret)
			others[never.n++] = (struct vd_range){ 0, outcome->ret - 1 };
		if (outcome->ret != UINT32_MAX)
			others[never.n++] = (struct vd_range){ (uint64_t)outcome->ret + 1, UINT32_MAX };
		outcome->reached = !vd_prove_claim(show->stack, &set, &never, &budget, &found,
						   &outcome->witness) &&
				   found == VD_ANSWER_RECORD;
	}
}

static int take_class(struct show *show, const struct piece *piece, struct vd_map *map, size_t i)
{
	const struct vd_ranges numbers = { &piece->nr, 1 };
	struct answer answer;
	struct vd_class class;
	int r = 0;

	vd_map_class(map, i, &class);
	if (class.outcomes <= RAW_MAX)
		r = answer_make(&show->arena, map, i, &answer);
	else
		answer = (struct answer){ .end = ANSWER_TOO_MANY };
	if (r == 0 && answer.end == ANSWER_TOO_MANY && !class.mixed)
		r = effective(show, &class, &answer);
	if (r == 0 && answer.mixed)
		find_mixed(show, piece, &answer);
	if (r == 0)
		show_add_class(show,
			       table_count(&class.arch) > table_count(&piece->words) ? &piece->words
										     : &class.arch,
			       class.mixed ? &numbers : &class.nr, show_intern(show, &answer));
	return r;
}

/* Whether the table has one way to treat the piece's words where it must, and a way for each where it can. */
static bool suits(const struct piece *piece, struct vd_map *map)
{
	bool part = piece->nr.first || piece->nr.last != UINT32_MAX;

	for (size_t i = 0; i < vd_map_classes(map); i++) {
		struct vd_class class;
		vd_map_class(map, i, &class);
		if (table_count(&class.arch) > table_count(&piece->words) ? !piece->separated
		    : part ? !table_equal(&class.arch, &piece->words)
			   : false)
			return false;
	}
	return true;
}

static void collect(struct show *show, const struct piece *piece)
{
	const struct vd_budget whole = { .ms = show->ms }, budget = piece->small ? piece_budget(show) : whole;
	const struct vd_set set = { .arch = piece->words, .nr = { &piece->nr, 1 } };
	struct vd_map *map;
	int r = show->error;

	if (r == 0)
		r = vd_map_new(show->stack, NULL, &set, VD_MAP_RAW, &budget, &map);
	if (r == 0) {
		if (!suits(piece, map))
			r = -E2BIG;
		for (size_t i = 0; r == 0 && i < vd_map_classes(map); i++)
			r = take_class(show, piece, map, i);
		vd_map_free(map);
	}
	if (r == -E2BIG)
		divide(show, piece);
	else if (r < 0)
		fail(show, r);
}

void show_collect(struct show *show)
{
	for (unsigned big_endian = 0; big_endian < 2; big_endian++) {
		const struct piece piece = { .words = table_archs(big_endian), .nr = all_numbers };
		vd_stack_set_big_endian(show->stack, big_endian);
		collect(show, &piece);
	}
	show_sort(show);
}

void show_collect_word(struct show *show, uint32_t word, bool big_endian)
{
	const struct vd_range one = { word, word };
	const struct piece piece = { { &one, 1 }, all_numbers, false, true };

	vd_stack_set_big_endian(show->stack, big_endian);
	collect(show, &piece);
	show_sort(show);
}

size_t show_ask(struct show *show, uint32_t word, uint32_t nr)
{
	const struct seccomp_data data = { .arch = word, .nr = (int)nr };
	const struct vd_range one = { word, word }, number = { nr, nr };
	const struct vd_set set = { .arch = { &one, 1 }, .nr = { &number, 1 } };
	const struct vd_budget budget = piece_budget(show);
	struct answer answer = { .end = ANSWER_SPENT };
	struct vd_map *map;

	if (show->error || (show->deadline_ns && out_of_time(show)))
		return show_intern(show, &answer);
	vd_stack_set_big_endian(show->stack, call_big_endian(&data));
	int r = vd_map_new(show->stack, NULL, &set, VD_MAP_RAW, &budget, &map);
	if (r == 0) {
		struct vd_class class;
		vd_map_class(map, 0, &class);
		r = answer_make(&show->arena, map, 0, &answer);
		if (r == 0 && (answer.end == ANSWER_TOO_MANY || answer.n > RAW_MAX))
			r = effective(show, &class, &answer);
		vd_map_free(map);
	}
	if (r < 0 && r != -E2BIG)
		fail(show, r);
	return show_intern(show, &answer);
}
