/* SPDX-License-Identifier: MIT */
#include "loader/rules/dispatch.h"

struct tree {
	struct code *code;
	const struct range *ranges;
	size_t n;
	const struct bodies *bodies;
	unsigned *counts; /* only counts references: code is NULL */
};

static bool single(const struct tree *tree, size_t i)
{
	return i + 1 < tree->n && tree->ranges[i + 1].first - tree->ranges[i].first == 1;
}

/* Up to so many numbers are compared one by one: more take longer than a search. */
#define CHAIN_MAX 4

/* Whether all of the ranges are answered by one body but for a few single numbers. */
static bool is_chain(const struct tree *tree, size_t from, size_t to, size_t body)
{
	size_t others = 0;

	for (size_t i = from; i < to; i++) {
		if (tree->ranges[i].body == body)
			continue;
		if (!single(tree, i) || ++others > CHAIN_MAX)
			return false;
	}
	return true;
}

static void grow(struct tree *tree, size_t from, size_t to, int label);

static int refer(struct tree *tree, size_t range)
{
	size_t body = tree->ranges[range].body;

	if (tree->counts) {
		tree->counts[body]++;
		return 0;
	}
	int label = tree->bodies->label(tree->bodies->userdata, body);
	tree->bodies->referred(tree->bodies->userdata, body);
	return label;
}

/* The label of what answers ranges from..to: a body's, or of a part of the tree that is still to be made. */
static int part(struct tree *tree, size_t from, size_t to)
{
	if (to - from == 1)
		return refer(tree, from);
	return tree->counts ? 0 : code_label(tree->code);
}

static void branch(struct tree *tree, unsigned op, uint32_t k, int t, int f)
{
	if (tree->counts)
		return;
	code_load(tree->code, 0);
	code_branch(tree->code, op | BPF_K, k, t, f);
	tree->bodies->emit_complete(tree->bodies->userdata);
}

/* Comparisons with the numbers one by one, then to what answers the others. */
static void chain(struct tree *tree, size_t from, size_t to, size_t body)
{
	size_t base = from;
	int label = 0, next = 0;

	while (tree->ranges[base].body != body)
		base++;
	size_t last = to - 1;
	while (tree->ranges[last].body == body)
		last--;
	for (size_t i = from; i <= last; i++) {
		if (tree->ranges[i].body == body)
			continue;
		label = refer(tree, i);
		next = i == last ? refer(tree, base) : tree->counts ? 0 : code_label(tree->code);
		branch(tree, BPF_JEQ, tree->ranges[i].first, label, next);
		if (i != last && !tree->counts)
			code_bind(tree->code, next);
	}
}

static void grow(struct tree *tree, size_t from, size_t to, int label)
{
	size_t first = tree->ranges[from].body;

	if (to - from == 1)
		return;
	if (!tree->counts)
		code_bind(tree->code, label);
	size_t second = tree->ranges[from + 1].body;
	if (is_chain(tree, from, to, first) || is_chain(tree, from, to, second)) {
		chain(tree, from, to, is_chain(tree, from, to, first) ? first : second);
		return;
	}
	size_t mid = from + (to - from) / 2;
	int low = part(tree, from, mid), high = part(tree, mid, to);
	branch(tree, BPF_JGE, tree->ranges[mid].first, high, low);
	grow(tree, from, mid, low);
	grow(tree, mid, to, high);
}

void dispatch(struct code *code, const struct range *ranges, size_t n, const struct bodies *bodies)
{
	struct tree tree = { .code = code, .ranges = ranges, .n = n, .bodies = bodies };

	if (n == 1) {
		code_goto(code, refer(&tree, 0));
		bodies->emit_complete(bodies->userdata);
		return;
	}
	grow(&tree, 0, n, code_label(code));
}

void dispatch_count(const struct range *ranges, size_t n, unsigned *counts)
{
	struct tree tree = { .ranges = ranges, .n = n, .counts = counts };

	if (n == 1)
		counts[ranges[0].body]++;
	else
		grow(&tree, 0, n, 0);
}
