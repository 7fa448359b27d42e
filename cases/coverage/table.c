/* SPDX-License-Identifier: MIT */
/* Filters, wherever cases use them, and how many cases come by each point of them. */
#include "cases/coverage/coverage.h"
#include "cases/parallel.h"
#include "loader/call.h"

#include <stdlib.h>
#include <string.h>

/* What all records may cost in one filter; real ones take a hundredth. */
static const struct vd_budget budget = { .nodes = 2000000, .ms = 5000 };

static void *grow(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	*cap = *cap ? 2 * *cap : 16;
	items = realloc(items, *cap * size);
	if (!items)
		out_of_memory();
	return items;
}

static uint32_t *zeroes(size_t n)
{
	uint32_t *counts = calloc(n, sizeof(*counts));

	if (!counts)
		out_of_memory();
	return counts;
}

/* ------------------------------------------------------------- filters */

/* The program that is filter i of a stack. */
static const struct program *program_of(const struct case_stack *stack, size_t i)
{
	for (size_t f = 0; f < stack->n; f++) {
		const struct source *source = &stack->filters[f]->source;
		if (i < source->n)
			return &source->programs[i];
		i -= source->n;
	}
	return NULL;
}

/* FNV-1a. */
static uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

/* "a/../b" is "b": case files of several folders name one filter in several ways. */
static char *plain_path(const char *path)
{
	char *plain = strdup(path), *up;

	if (!plain)
		out_of_memory();
	while ((up = strstr(plain, "/../")) && up > plain) {
		char *begin = up;
		while (begin > plain && begin[-1] != '/')
			begin--;
		if (begin == up || (up - begin == 2 && begin[0] == '.') || (up - begin == 1 && *begin == '.'))
			break;
		memmove(begin, up + 4, strlen(up + 4) + 1);
	}
	return plain;
}

static bool is_same(const struct cover_filter *filter, uint64_t hash, const char *path,
		    const struct vd_prog *prog)
{
	return filter->hash == hash && filter->len == prog->len && !strcmp(filter->path, path) &&
	       !memcmp(vd_prog_insns(filter->prog), vd_prog_insns(prog),
		       prog->len * sizeof(struct sock_filter));
}

/* A filter is what it was read from and holds; its index, or the number of filters. */
static size_t find(const struct coverage *coverage, const struct case_stack *stack, size_t i,
		   const char *path, uint64_t *ret_hash)
{
	const struct vd_prog *prog = vd_stack_prog(stack->stacks[0].stack, i);
	size_t at = 0;

	*ret_hash = hash_bytes(hash_bytes(0xcbf29ce484222325u, path, strlen(path)), vd_prog_insns(prog),
			       prog->len * sizeof(struct sock_filter));
	while (at < coverage->n && !is_same(&coverage->filters[at], *ret_hash, path, prog))
		at++;
	return at;
}

size_t coverage_find(const struct coverage *coverage, const struct case_stack *stack, size_t filter)
{
	char *path = plain_path(program_of(stack, filter)->path);
	uint64_t hash;
	size_t at = find(coverage, stack, filter, path, &hash);

	free(path);
	return at;
}

static size_t take_filter(struct coverage *coverage, const struct case_stack *stack, size_t i)
{
	const struct vd_prog *prog = vd_stack_prog(stack->stacks[0].stack, i);
	char *path = plain_path(program_of(stack, i)->path);
	uint64_t hash;
	size_t at = find(coverage, stack, i, path, &hash);

	if (at < coverage->n) {
		free(path);
		return at;
	}
	coverage->filters = grow(coverage->filters, coverage->n, &coverage->cap, sizeof(*coverage->filters));
	coverage->filters[coverage->n++] = (struct cover_filter){ .name = stack->stacks[0].names[i],
								  .path = path,
								  .prog = prog,
								  .len = prog->len,
								  .cases = zeroes(VD_POINTS * prog->len),
								  .hash = hash };
	return at;
}

static struct cover_use *use_of(struct coverage *coverage, struct cover_file *file, size_t filter,
				const char *name)
{
	for (size_t i = 0; i < file->n; i++)
		if (file->uses[i].filter == filter)
			return &file->uses[i];
	file->uses = grow(file->uses, file->n, &file->cap, sizeof(*file->uses));
	file->uses[file->n] = (struct cover_use){
		.filter = filter, .name = name, .cases = zeroes(VD_POINTS * coverage->filters[filter].len)
	};
	return &file->uses[file->n++];
}

static struct cover_file *file_of(struct coverage *coverage, const struct case_file *file)
{
	if (coverage->n_files && coverage->files[coverage->n_files - 1].file == file)
		return &coverage->files[coverage->n_files - 1];
	coverage->files = grow(coverage->files, coverage->n_files, &coverage->cap_files,
			       sizeof(*coverage->files));
	coverage->files[coverage->n_files] = (struct cover_file){ .file = file };
	return &coverage->files[coverage->n_files++];
}

/* -------------------------------------------------------------- counting */

/* What one case covers of one filter; twice when its stack repeats it. */
struct share {
	size_t filter;
	const char *name;
	bool *marks;
};

/* The filters of both stacks, each once. Returns how many. */
static size_t merge(struct coverage *coverage, const struct cover_hits *hits, struct share *shares)
{
	size_t n = 0;

	for (size_t i = 0; i < hits->n; i++) {
		const struct case_stack *stack = hits->stacks[i].stack;
		bool *marks = hits->stacks[i].marks;
		for (size_t f = 0; f < vd_stack_len(stack->stacks[0].stack); f++) {
			size_t filter = take_filter(coverage, stack, f), at = 0;
			size_t points = VD_POINTS * coverage->filters[filter].len;
			while (at < n && shares[at].filter != filter)
				at++;
			if (at == n)
				shares[n++] = (struct share){ filter, stack->stacks[0].names[f], marks };
			else
				for (size_t p = 0; p < points; p++)
					shares[at].marks[p] |= marks[p];
			marks += points;
		}
	}
	return n;
}

static void count_case(struct coverage *coverage, const struct test_case *test, const struct cover_hits *hits)
{
	size_t n = 0;

	for (size_t i = 0; i < hits->n; i++)
		n += vd_stack_len(hits->stacks[i].stack->stacks[0].stack);
	struct share *shares = calloc(n + 1, sizeof(*shares));
	if (!shares)
		out_of_memory();
	n = merge(coverage, hits, shares);
	struct cover_file *file = file_of(coverage, test->file);
	for (size_t i = 0; i < n; i++) {
		struct cover_filter *filter = &coverage->filters[shares[i].filter];
		struct cover_use *use = use_of(coverage, file, shares[i].filter, shares[i].name);
		for (size_t p = 0; p < VD_POINTS * filter->len; p++) {
			filter->cases[p] += shares[i].marks[p];
			use->cases[p] += shares[i].marks[p];
		}
		filter->n_cases++;
		use->n_cases++;
		for (size_t b = 0; b < test->claim.n; b++)
			*(test->claim.boxes[b].big_endian ? &filter->big_endian
							  : &filter->little_endian) = true;
	}
	free(shares);
	coverage->n_cases++;
	coverage->sampled += hits->sampled;
}

struct work {
	struct coverage *coverage;
	const struct test_case *const *cases;
	struct cover_hits *hits;
};

static bool covers(const struct test_case *test)
{
	return !test->skip && !test->installs && !test->scenario && !test->covers && test->claim.stack;
}

static void hit_one(void *userdata, size_t i)
{
	struct work *work = userdata;

	if (covers(work->cases[i]))
		cover_claim(&work->cases[i]->claim, &work->hits[i]);
}

/*
 * Over all records the byte order does not matter: each has a twin with the
 * halves of its 64-bit words the other way round, and comes by the same points.
 */
static void reach_one(void *userdata, size_t i)
{
	struct cover_filter *filter = &((struct work *)userdata)->coverage->filters[i];
	struct vd_stack *stack;

	if (vd_stack_new(&stack) < 0)
		out_of_memory();
	if (vd_stack_push(stack, filter->prog) < 0 || vd_reach_new(stack, NULL, &budget, &filter->reach) < 0)
		out_of_memory();
	vd_stack_free(stack);
}

void coverage_init(struct coverage *coverage, const struct test_case *const *cases, size_t n,
		   const struct case_stack *stack, unsigned jobs)
{
	struct work work = { coverage, cases, calloc(n + 1, sizeof(*work.hits)) };

	*coverage = (struct coverage){ .n = 0 };
	if (!work.hits)
		out_of_memory();
	parallel_for(n, jobs, 4, hit_one, &work);
	/* in the cases' order, whatever the number of threads is */
	for (size_t i = 0; i < n; i++) {
		if (work.hits[i].n)
			count_case(coverage, cases[i], &work.hits[i]);
		cover_hits_done(&work.hits[i]);
	}
	free(work.hits);
	for (size_t i = 0; stack && i < vd_stack_len(stack->stacks[0].stack); i++)
		(void)take_filter(coverage, stack, i);
	parallel_for(coverage->n, jobs, 1, reach_one, &work);
}

void coverage_done(struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->n; i++) {
		free(coverage->filters[i].path);
		free(coverage->filters[i].cases);
		vd_reach_free(coverage->filters[i].reach);
	}
	for (size_t i = 0; i < coverage->n_files; i++) {
		for (size_t j = 0; j < coverage->files[i].n; j++)
			free(coverage->files[i].uses[j].cases);
		free(coverage->files[i].uses);
	}
	free(coverage->filters);
	free(coverage->files);
	*coverage = (struct coverage){ .n = 0 };
}

/* -------------------------------------------------------------- asking */

enum cover_status cover_status(const struct cover_filter *filter, const uint32_t *cases, size_t pc,
			       enum vd_edge edge)
{
	if (edge != VD_EDGE_NONE && !vd_prog_branches(filter->prog, pc))
		return COVER_NONE;
	if (cases[vd_point(pc, edge)])
		return COVER_COVERED;
	switch (vd_reach_point(filter->reach, 0, pc, edge, NULL)) {
	case VD_ANSWER_PROVED:
		return COVER_INFEASIBLE;
	case VD_ANSWER_RECORD:
		return COVER_UNCOVERED;
	case VD_ANSWER_UNKNOWN:
		break;
	}
	return COVER_UNKNOWN;
}

struct cover_counts cover_count(const struct cover_filter *filter, const uint32_t *cases)
{
	struct cover_counts counts = { .insns = 0 };

	for (size_t pc = 0; pc < filter->len; pc++)
		for (enum vd_edge edge = VD_EDGE_NONE; edge <= VD_EDGE_FALSE; edge++) {
			enum cover_status status = cover_status(filter, cases, pc, edge);
			bool insn = edge == VD_EDGE_NONE;
			if (status == COVER_NONE)
				continue;
			if (status == COVER_INFEASIBLE) {
				*(insn ? &counts.insns_dead : &counts.infeasible) += 1;
				continue;
			}
			*(insn ? &counts.insns : &counts.edges) += 1;
			*(insn ? &counts.insns_covered : &counts.covered) += status == COVER_COVERED;
			counts.unknown += !insn && status == COVER_UNKNOWN;
		}
	return counts;
}

void cover_add(struct cover_counts *to, const struct cover_counts *from)
{
	to->insns += from->insns;
	to->insns_covered += from->insns_covered;
	to->insns_dead += from->insns_dead;
	to->edges += from->edges;
	to->covered += from->covered;
	to->infeasible += from->infeasible;
	to->unknown += from->unknown;
}

bool cover_record(const struct cover_filter *filter, size_t pc, enum vd_edge edge,
		  struct seccomp_data *ret_record)
{
	struct vd_witness witness;

	if (vd_reach_point(filter->reach, 0, pc, edge, &witness) != VD_ANSWER_RECORD)
		return false;
	if (call_big_endian(&witness.data))
		call_swap_halves(&witness.data);
	*ret_record = witness.data;
	return true;
}

void cover_insn_text(const struct cover_filter *filter, const struct vd_fact *facts, size_t pc, char *buf,
		     size_t size)
{
	const struct vd_disasm_opts opts = { .big_endian = filter->big_endian && !filter->little_endian,
					     .facts = facts };

	vd_disasm(vd_prog_insns(filter->prog), filter->len, pc, &opts, buf, size);
}

size_t cover_target(const struct cover_filter *filter, size_t pc, enum vd_edge edge)
{
	const struct vd_insn *insn = &filter->prog->code[pc];

	return pc + 1 + (edge == VD_EDGE_TRUE ? insn->jt : insn->jf);
}
