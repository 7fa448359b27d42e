/* SPDX-License-Identifier: MIT */
/*
 * Memory that goes all at once: what is read from one file lives as long as
 * the file does. Never returns NULL: without memory the program ends with a
 * message (sizes are bounded by the limits on what is read).
 */
#ifndef LOADER_ARENA_H
#define LOADER_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *blocks;
	char *at;
	size_t left;
};

void arena_init(struct arena *arena);
void arena_done(struct arena *arena);

/* What is allocated after a mark can be given back before the rest. */
struct arena_mark {
	struct arena_block *blocks;
	char *at;
	size_t left;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, struct arena_mark mark);

/* Zeroed, aligned for everything. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_copy(struct arena *arena, const void *data, size_t size);
/* len bytes with a NUL behind them. */
char *arena_text(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Room for one more of n items of the given size: items itself, or a larger
 * copy (the old one stays until the arena goes). *cap is kept by the caller.
 */
void *arena_grow(struct arena *arena, void *items, size_t n, size_t *cap, size_t size);

/* What everything here does without memory. */
_Noreturn void out_of_memory(void);

#endif
