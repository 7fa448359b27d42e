/* SPDX-License-Identifier: MIT */
#include "loader/show/show.h"

static size_t intern(struct show *show, const struct answer *answer)
{
	for (size_t i = 0; i < show->n_answers; i++)
		if (answers_equal(&show->answers[i], answer))
			return i;
	show->answers = arena_grow(&show->arena, show->answers, show->n_answers, &show->answers_cap,
				   sizeof(*answer));
	show->answers[show->n_answers] = *answer;
	return show->n_answers++;
}

static void add_class(struct show *show, struct interval nr, size_t answer)
{
	struct show_arch *now = &show->now;
	struct show_class *last = now->n ? &now->classes[now->n - 1] : NULL;

	/* Classes begin anew where x32's numbers begin and end. */
	if (last && last->answer == answer && last->nr.last + 1 == nr.first && nr.first % X32_FIRST) {
		last->nr.last = nr.last;
		return;
	}
	now->classes = arena_grow(&show->arena, now->classes, now->n, &now->cap, sizeof(*now->classes));
	now->classes[now->n++] = (struct show_class){ nr, answer };
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15u ^ hash >> 29;
}

static uint64_t hash_paths(const struct paths *paths)
{
	uint64_t hash = paths->n;

	for (size_t i = 0; i < paths->n; i++) {
		const struct path *path = &paths->items[i];

		hash = mix(mix(hash, path->ret), (uint32_t)path->filter);
		for (size_t j = 0; j < path->when.n; j++) {
			const struct atom *atom = &path->when.atoms[j];

			hash = mix(hash, (uint64_t)atom->base << 32 | atom->op);
			hash = mix(hash, (uint64_t)atom->mask << 32 | atom->k);
		}
	}
	return hash;
}

static bool paths_equal(const struct path *a, const struct path *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i].ret != b[i].ret || a[i].filter != b[i].filter || a[i].when.n != b[i].when.n)
			return false;
		for (size_t j = 0; j < a[i].when.n; j++)
			if (!atoms_equal(&a[i].when.atoms[j], &b[i].when.atoms[j]))
				return false;
	}
	return true;
}

static void remember(struct show *show, const struct paths *paths, uint64_t hash, size_t answer)
{
	struct path *copy = arena_copy(&show->arena, paths->items, paths->n * sizeof(*copy));

	for (size_t i = 0; i < paths->n; i++)
		copy[i].when.atoms = arena_copy(&show->arena, copy[i].when.atoms,
						copy[i].when.n * sizeof(*copy[i].when.atoms));
	show->known = arena_grow(&show->arena, show->known, show->n_known, &show->known_cap,
				 sizeof(*show->known));
	show->known[show->n_known++] = (struct show_known){
		.hash = hash,
		.big_endian = vd_stack_big_endian(show->stack),
		.paths = copy,
		.n = paths->n,
		.answer = answer,
	};
}

/* Most numbers take paths that other numbers took: conditions are made short once. */
static size_t answer_of(struct show *show, const struct paths *paths, uint32_t arch, uint32_t nr)
{
	uint64_t hash = hash_paths(paths);
	struct answer answer;
	size_t at;

	for (size_t i = show->n_known; i-- && paths->end == PATHS_ALL;) {
		const struct show_known *known = &show->known[i];

		if (known->hash == hash && known->n == paths->n &&
		    known->big_endian == vd_stack_big_endian(show->stack) &&
		    paths_equal(known->paths, paths->items, paths->n))
			return known->answer;
	}
	answer_make(&answer, &show->arena, &show->terms, paths, show->stack, arch, nr);
	at = intern(show, &answer);
	if (paths->end == PATHS_ALL)
		remember(show, paths, hash, at);
	return at;
}

static void number(void *data, const struct paths *paths, uint32_t arch, struct interval nr)
{
	struct show *show = data;

	add_class(show, nr, answer_of(show, paths, arch, nr.first));
}

static void arch_done(void *data, uint32_t arch, struct interval words, uint32_t left)
{
	struct show *show = data;

	show->now.arch = arch;
	show->now.words = words;
	show->now.left = left;
	show->archs = arena_grow(&show->arena, show->archs, show->n_archs, &show->archs_cap,
				 sizeof(*show->archs));
	show->archs[show->n_archs++] = show->now;
	show->now = (struct show_arch){ 0 };
}

void show_init(struct show *show, struct vd_stack *stack)
{
	*show = (struct show){ .stack = stack };
	arena_init(&show->arena);
	terms_init(&show->terms);
}

void show_done(struct show *show)
{
	terms_done(&show->terms);
	arena_done(&show->arena);
	*show = (struct show){ 0 };
}

void show_walk(struct show *show, struct interval archs)
{
	struct walk walk = { .data = show, .number = number, .arch = arch_done };

	show->arch_left = walk_stack(&walk, &show->terms, show->stack, archs);
}

size_t show_answer(struct show *show, struct show_arch *arch, uint32_t nr)
{
	struct walk walk = { .data = show, .number = number, .arch = arch_done };
	size_t low = 0, high = arch->n;

	if (arch->left && nr >= arch->left) {
		walk_number(&walk, &show->terms, show->stack, arch->arch, nr);
		size_t answer = show->now.classes[show->now.n - 1].answer;
		show->now = (struct show_arch){ 0 };
		return answer;
	}
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;

		if (arch->classes[middle].nr.first <= nr)
			low = middle;
		else
			high = middle;
	}
	return arch->classes[low].answer;
}
