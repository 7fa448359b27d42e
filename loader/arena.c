/* SPDX-License-Identifier: MIT */
#include "loader/arena.h"
#include "loader/command.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (64u << 10)
#define ALIGN _Alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	_Alignas(max_align_t) char data[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){ 0 };
}

void arena_done(struct arena *arena)
{
	if (!arena)
		return;
	for (struct arena_block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	arena_init(arena);
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){ arena->blocks, arena->at, arena->left };
}

void arena_release(struct arena *arena, struct arena_mark mark)
{
	bool same = mark.at && arena->at + arena->left == mark.at + mark.left;

	if (mark.left)
		memset(mark.at, 0, same ? mark.left - arena->left : mark.left);
	while (arena->blocks != mark.blocks) {
		struct arena_block *next = arena->blocks->next;
		free(arena->blocks);
		arena->blocks = next;
	}
	arena->at = mark.at;
	arena->left = mark.left;
}

_Noreturn void out_of_memory(void)
{
	fputs("verdict: error: out of memory\n", stderr);
	exit(EXIT_NO_ANSWER);
}

/* A block of its own for large sizes keeps the rest of the current one in use. */
static void *alloc_block(struct arena *arena, size_t size)
{
	struct arena_block *block = size < SIZE_MAX / 2 ? calloc(1, sizeof(*block) + size) : NULL;

	if (!block)
		out_of_memory();
	block->next = arena->blocks;
	arena->blocks = block;
	return block->data;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	if (size > BLOCK_SIZE / 4)
		return alloc_block(arena, size);
	if (size > arena->left) {
		arena->at = alloc_block(arena, BLOCK_SIZE);
		arena->left = BLOCK_SIZE;
	}
	void *ret = arena->at;
	arena->at += size;
	arena->left -= size;
	return ret;
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size)
		memcpy(copy, data, size);
	return copy;
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	int len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		out_of_memory();
	char *copy = arena_text(arena, text, (size_t)len);
	free(text);
	return copy;
}

void *arena_grow(struct arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	size_t more = *cap ? 2 * *cap : 4;
	void *copy = more <= SIZE_MAX / 2 / size ? arena_alloc(arena, more * size) : NULL;

	if (!copy)
		out_of_memory();
	if (n)
		memcpy(copy, items, n * size);
	*cap = more;
	return copy;
}
