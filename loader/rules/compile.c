/* SPDX-License-Identifier: MIT */
/*
 * One filter to a program: the arch word, the number, then for each call the
 * lines about it, the strongest outcome first. Calls with the same lines share
 * their code. Numbers that belong to no ABI of the file (x32's, where it is
 * not listed) are ranges of numbers like others, so nothing is left out.
 */
#include "loader/rules/cond.h"
#include "loader/rules/dispatch.h"
#include "loader/rules/rules.h"
#include "vm/action.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

/* An outcome that a condition leads to. */
struct step {
	const struct pred *pred;
	size_t line;
	bool when; /* the outcome is this where the condition is so */
	uint32_t ret;
};

/* What answers a call: steps from the first on, then the value that is left. */
struct body {
	struct step *steps;
	size_t n;
	uint32_t rest;
	bool big_endian;
	int label;	     /* -1: none yet */
	unsigned references; /* still to be made */
	bool emitted;
};

struct ret_label {
	uint32_t ret;
	int label;
};

struct compiler {
	const struct rules *rules;
	const struct rules_filter *filter;
	struct diags *diags;
	struct arena arena;
	struct code code;
	struct body *bodies;
	size_t n, cap;
	struct ret_label *rets;
	size_t n_rets, rets_cap;
	size_t *complete; /* bodies that nothing more refers to, still to be emitted */
	size_t n_complete, complete_cap;
	bool failed;
};

/* ------------------------------------------------------------------ */
/* Bodies                                                             */

/* Stronger outcomes first, of equals the later line's. */
static int by_strength(const void *pa, const void *pb)
{
	const struct step *a = pa, *b = pb;
	int32_t x = vd_action_rank(a->ret), y = vd_action_rank(b->ret);

	if (x != y)
		return x < y ? -1 : 1;
	return a->line != b->line ? (a->line < b->line) - (a->line > b->line) : a->when - b->when;
}

static void add_steps(const struct rules_line *line, const struct rules_entry *entry, struct step *steps,
		      size_t *n)
{
	bool known, holds = false;

	known = pred_constant(&entry->pred, &holds);
	if (!known || holds)
		steps[(*n)++] = (struct step){ &entry->pred, entry->line, true, line->if_true };
	if (line->on_false == RULES_ELSE && (!known || !holds))
		steps[(*n)++] = (struct step){ &entry->pred, entry->line, false, line->if_false };
}

/* Whether a step's outcome is certain once the steps before it are known not to be. */
static bool certain(const struct step *steps, size_t i)
{
	bool holds;

	if (pred_constant(steps[i].pred, &holds))
		return true;
	for (size_t j = 0; j < i; j++)
		if (steps[j].line == steps[i].line)
			return true;
	return false;
}

static struct body body_of(struct compiler *compiler, const struct rules_entry *entries, size_t n,
			   uint32_t rest, bool big_endian)
{
	struct body body = { .rest = rest, .label = -1 };

	body.steps = arena_alloc(&compiler->arena, (2 * n + 1) * sizeof(*body.steps));
	for (size_t i = 0; i < n; i++)
		add_steps(&compiler->rules->lines[entries[i].line], &entries[i], body.steps, &body.n);
	qsort(body.steps, body.n, sizeof(*body.steps), by_strength);
	for (size_t i = 0; i < body.n; i++) {
		if (!certain(body.steps, i))
			continue;
		body.rest = body.steps[i].ret;
		body.n = i;
	}
	while (body.n && body.steps[body.n - 1].ret == body.rest)
		body.n--;
	body.big_endian = body.n && big_endian;
	return body;
}

static bool same_body(const struct body *a, const struct body *b)
{
	if (a->n != b->n || a->rest != b->rest || a->big_endian != b->big_endian)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->steps[i].when != b->steps[i].when || a->steps[i].ret != b->steps[i].ret ||
		    !pred_equal(a->steps[i].pred, b->steps[i].pred))
			return false;
	return true;
}

static size_t add_body(struct compiler *compiler, const struct body *body)
{
	for (size_t i = 0; i < compiler->n; i++)
		if (same_body(&compiler->bodies[i], body))
			return i;
	compiler->bodies = arena_grow(&compiler->arena, compiler->bodies, compiler->n, &compiler->cap,
				      sizeof(*body));
	compiler->bodies[compiler->n] = *body;
	return compiler->n++;
}

static size_t ret_body(struct compiler *compiler, uint32_t ret)
{
	return add_body(compiler, &(struct body){ .rest = ret, .label = -1 });
}

/* The one RET of each value; branches that cannot reach it get their own. */
static int ret_label(struct compiler *compiler, uint32_t ret)
{
	for (size_t i = 0; i < compiler->n_rets; i++)
		if (compiler->rets[i].ret == ret)
			return compiler->rets[i].label;
	struct ret_label added = { ret, code_label(&compiler->code) };
	compiler->rets = arena_grow(&compiler->arena, compiler->rets, compiler->n_rets, &compiler->rets_cap,
				    sizeof(added));
	compiler->rets[compiler->n_rets++] = added;
	return added.label;
}

static void emit_step(struct compiler *compiler, const struct body *body, size_t i)
{
	const struct step *step = &body->steps[i];
	int match = ret_label(compiler, step->ret);
	int next = i + 1 < body->n ? code_label(&compiler->code) : ret_label(compiler, body->rest);
	int r = cond_compile(&compiler->code, step->pred, body->big_endian, step->when ? match : next,
			     step->when ? next : match);

	if (r == -E2BIG && !compiler->failed) {
		diag_error(compiler->diags, &compiler->rules->lines[step->line].expr,
			   "the arithmetic takes more than the %d words of memory that a program has",
			   BPF_MEMWORDS);
		diag_hint(compiler->diags,
			  "write it with fewer parentheses inside each other, or in several conditions");
	}
	if (r == -ENOMEM && !compiler->failed)
		diag_error(compiler->diags, &compiler->rules->lines[step->line].expr, "out of memory");
	if (r < 0)
		compiler->failed = true;
	if (i + 1 < body->n)
		code_bind(&compiler->code, next);
}

static void emit_body(struct compiler *compiler, size_t i)
{
	struct body *body = &compiler->bodies[i];

	code_bind(&compiler->code, body->label);
	for (size_t j = 0; j < body->n && compiler->code.reached; j++)
		emit_step(compiler, body, j);
}

static int body_label(void *userdata, size_t i)
{
	struct compiler *compiler = userdata;
	struct body *body = &compiler->bodies[i];

	if (!body->n)
		return ret_label(compiler, body->rest);
	if (body->label < 0)
		body->label = code_label(&compiler->code);
	return body->label;
}

static void body_referred(void *userdata, size_t i)
{
	struct compiler *compiler = userdata;

	if (--compiler->bodies[i].references || !compiler->bodies[i].n)
		return;
	compiler->complete = arena_grow(&compiler->arena, compiler->complete, compiler->n_complete,
					&compiler->complete_cap, sizeof(i));
	compiler->complete[compiler->n_complete++] = i;
}

/* Near to what refers to them last. */
static void emit_complete(void *userdata)
{
	struct compiler *compiler = userdata;

	for (size_t i = 0; i < compiler->n_complete; i++)
		emit_body(compiler, compiler->complete[i]);
	compiler->n_complete = 0;
}

/* ------------------------------------------------------------------ */
/* Numbers                                                            */

struct ranges {
	struct range *items;
	size_t n, cap;
};

static void add_range(struct compiler *compiler, struct ranges *ranges, uint32_t first, size_t body)
{
	if (ranges->n && ranges->items[ranges->n - 1].first == first)
		ranges->n--;
	if (ranges->n && ranges->items[ranges->n - 1].body == body)
		return;
	ranges->items = arena_grow(&compiler->arena, ranges->items, ranges->n, &ranges->cap,
				   sizeof(*ranges->items));
	ranges->items[ranges->n++] = (struct range){ first, body };
}

/* What archs of a byte order get that the file is not about. */
static size_t others_body(struct compiler *compiler, bool big_endian)
{
	size_t n;
	const struct rules_entry *entry = rules_entries(compiler->filter, VD_ABI_NONE, 0, &n);
	struct body body = body_of(compiler, entry, n, compiler->filter->others, big_endian);

	return add_body(compiler, &body);
}

/* All calls of an ABI whose numbers are from first to last; others between them have the default. */
static void add_calls(struct compiler *compiler, struct ranges *ranges, int abi, uint32_t first,
		      uint32_t last)
{
	const struct rules_filter *filter = compiler->filter;
	size_t by_default = ret_body(compiler, filter->by_default), n;

	if (!rules_about(compiler->rules, abi)) {
		add_range(compiler, ranges, first, others_body(compiler, false));
		return;
	}
	add_range(compiler, ranges, first, by_default);
	if (!filter->n)
		return;
	for (const struct rules_entry *entry = rules_entries(filter, abi, first, &n),
				      *end = filter->entries + filter->n;
	     entry < end && entry->abi == abi && entry->nr <= last; entry += n) {
		entry = rules_entries(filter, abi, entry->nr, &n);
		struct body body = body_of(compiler, entry, n, filter->by_default,
					   vd_abi_info(abi)->big_endian);
		add_range(compiler, ranges, entry->nr, add_body(compiler, &body));
		if (entry->last < last)
			add_range(compiler, ranges, entry->last + 1, by_default);
	}
}

/* The first of the numbers after nr that belong to another ABI under this arch word; 0: none. */
static uint32_t next_owner(uint32_t arch, uint32_t nr)
{
	static const uint32_t borders[] = { 0x40000000, 0x80000000 }; /* x32's numbers */

	for (size_t i = 0; i < sizeof(borders) / sizeof(*borders); i++)
		if (nr < borders[i] && vd_abi_of(arch, borders[i]) != vd_abi_of(arch, nr))
			return borders[i];
	return 0;
}

static struct ranges ranges_of(struct compiler *compiler, uint32_t arch)
{
	struct ranges ranges = { 0 };
	uint32_t first = 0, next;

	do {
		next = next_owner(arch, first);
		add_calls(compiler, &ranges, vd_abi_of(arch, first), first, next - 1);
		first = next;
	} while (next);
	return ranges;
}

/* ------------------------------------------------------------------ */
/* Programs                                                           */

/* The arch words of the file's ABIs, each once. */
static size_t arch_words(const struct rules *rules, uint32_t *words)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n_abis; i++) {
		uint32_t word = vd_abi_info(rules->abis[i])->audit_arch;
		size_t j = 0;
		while (j < n && words[j] != word)
			j++;
		if (j == n)
			words[n++] = word;
	}
	return n;
}

/* Where archs go that are none of the file's: code for each byte order, if they differ. */
static void generate_others(struct compiler *compiler, const size_t *others, int label)
{
	struct code *code = &compiler->code;

	code_bind(code, label);
	if (others[0] != others[1]) {
		code_load(code, 1);
		code_branch(code, BPF_JSET | BPF_K, __AUDIT_ARCH_LE, body_label(compiler, others[0]),
			    body_label(compiler, others[1]));
	} else {
		code_goto(code, body_label(compiler, others[0]));
	}
	for (unsigned i = 0; i < 2; i++)
		body_referred(compiler, others[i]);
	emit_complete(compiler);
}

static void generate(struct compiler *compiler)
{
	const struct bodies bodies = { body_label, body_referred, emit_complete, compiler };
	struct code *code = &compiler->code;
	uint32_t words[VD_ABI_COUNT];
	struct ranges ranges[VD_ABI_COUNT];
	size_t n = arch_words(compiler->rules, words);
	const size_t others[2] = { others_body(compiler, false), others_body(compiler, true) };
	bool plain = !compiler->bodies[others[0]].n && !compiler->bodies[others[1]].n;
	int behind = plain ? ret_label(compiler, compiler->bodies[others[0]].rest) : code_label(code);

	for (size_t i = 0; i < n; i++)
		ranges[i] = ranges_of(compiler, words[i]);
	unsigned *counts = arena_alloc(&compiler->arena, compiler->n * sizeof(*counts));
	for (size_t i = 0; i < n; i++)
		dispatch_count(ranges[i].items, ranges[i].n, counts);
	for (size_t i = 0; i < compiler->n; i++)
		compiler->bodies[i].references = counts[i];
	for (size_t i = 0; i < 2 && !plain; i++)
		compiler->bodies[others[i]].references++;
	for (size_t i = 0; i < n; i++) {
		int match = code_label(code);
		int other = i + 1 < n ? code_label(code) : behind;
		code_load(code, 1);
		code_branch(code, BPF_JEQ | BPF_K, words[i], match, other);
		code_bind(code, match);
		dispatch(code, ranges[i].items, ranges[i].n, &bodies);
		if (i + 1 < n)
			code_bind(code, other);
	}
	if (!plain)
		generate_others(compiler, others, behind);
	for (size_t i = 0; i < compiler->n_rets; i++) {
		code_bind(code, compiler->rets[i].label);
		if (code->reached)
			code_ret(code, compiler->rets[i].ret);
	}
}

static int too_long(struct compiler *compiler, size_t len)
{
	struct span start = span_of(&compiler->rules->text, 0, 0);

	if (len)
		diag_error(compiler->diags, &start,
			   "the rules make a program of %zu instructions; it may have %d", len, FLOW_LEN_MAX);
	else
		diag_error(compiler->diags, &start,
			   "the rules make a program of far more than %d instructions", FLOW_LEN_MAX);
	diag_hint(compiler->diags, "filters after 'enable' are programs of their own");
	return -1;
}

static int finish(struct compiler *compiler, struct sock_filter **ret_insns, size_t *ret_len)
{
	struct sock_filter *insns;
	size_t len;

	if (compiler->failed)
		return -1;
	if (code_finish(&compiler->code, &insns, &len) < 0)
		return too_long(compiler, 0);
	if (len > FLOW_LEN_MAX) {
		free(insns);
		return too_long(compiler, len);
	}
	*ret_insns = insns;
	*ret_len = len;
	return 0;
}

int rules_compile(const struct rules *rules, size_t i, struct diags *diags, struct sock_filter **ret_insns,
		  size_t *ret_len)
{
	struct compiler compiler = { .rules = rules, .filter = &rules->filters[i], .diags = diags };

	arena_init(&compiler.arena);
	code_init(&compiler.code);
	generate(&compiler);
	int r = finish(&compiler, ret_insns, ret_len);
	code_done(&compiler.code);
	arena_done(&compiler.arena);
	return r;
}
