/* SPDX-License-Identifier: MIT */
#include "loader/show/show.h"

#include <stdlib.h>

void show_init(struct show *show, struct vd_stack *stack, unsigned ms)
{
	*show = (struct show){ .stack = stack, .ms = ms };
	arena_init(&show->arena);
}

void show_done(struct show *show)
{
	arena_done(&show->arena);
	*show = (struct show){ 0 };
}

size_t show_intern(struct show *show, const struct answer *answer)
{
	for (size_t i = 0; i < show->n_answers; i++)
		if (answers_equal(&show->answers[i], answer))
			return i;
	show->answers = arena_grow(&show->arena, show->answers, show->n_answers, &show->answers_cap,
				   sizeof(*answer));
	show->answers[show->n_answers] = *answer;
	return show->n_answers++;
}

static struct show_arch *arch_of(struct show *show, const struct vd_ranges *words)
{
	for (size_t i = 0; i < show->n_archs; i++)
		if (table_equal(&show->archs[i].words, words))
			return &show->archs[i];
	show->archs = arena_grow(&show->arena, show->archs, show->n_archs, &show->archs_cap,
				 sizeof(*show->archs));
	show->archs[show->n_archs] = (struct show_arch){ .words = table_copy(&show->arena, words) };
	return &show->archs[show->n_archs++];
}

void show_add_class(struct show *show, const struct vd_ranges *words, const struct vd_ranges *nr,
		    size_t answer)
{
	struct show_arch *arch = arch_of(show, words);

	arch->classes = arena_grow(&show->arena, arch->classes, arch->n, &arch->cap, sizeof(*arch->classes));
	arch->classes[arch->n++] = (struct show_class){ table_copy(&show->arena, nr), answer };
}

static int by_number(const void *pa, const void *pb)
{
	const struct show_class *a = pa, *b = pb;

	return a->nr.ranges[0].first < b->nr.ranges[0].first ? -1 : 1;
}

static int by_word(const void *pa, const void *pb)
{
	const struct show_arch *a = pa, *b = pb;

	return a->words.ranges[0].first < b->words.ranges[0].first ? -1 : 1;
}

void show_sort(struct show *show)
{
	for (size_t i = 0; i < show->n_archs; i++)
		qsort(show->archs[i].classes, show->archs[i].n, sizeof(*show->archs[i].classes), by_number);
	if (show->n_archs)
		qsort(show->archs, show->n_archs, sizeof(*show->archs), by_word);
}

size_t show_class_answer(const struct show_arch *arch, uint32_t nr)
{
	for (size_t i = 0; i < arch->n; i++)
		if (table_has(&arch->classes[i].nr, nr))
			return arch->classes[i].answer;
	return arch->classes[0].answer;
}

size_t show_answer(struct show *show, const struct show_arch *arch, uint32_t nr)
{
	size_t answer = show_class_answer(arch, nr);

	if (!show->answers[answer].mixed && show->answers[answer].end != ANSWER_SPENT)
		return answer;
	return show_ask(show, (uint32_t)arch->words.ranges[0].first, nr);
}

bool show_exact(const struct show *show)
{
	for (size_t i = 0; i < show->n_answers; i++)
		if (!answer_exact(&show->answers[i]))
			return false;
	return !show->error;
}
