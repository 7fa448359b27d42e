/* SPDX-License-Identifier: MIT */
/*
 * What fuzz targets share. A target is one file of fuzz/targets/ with one
 * function; it takes any bytes, gives the same answer for them each time,
 * writes no files, and ends the program where a promise is broken.
 */
#ifndef FUZZ_SUPPORT_H
#define FUZZ_SUPPORT_H

#include "loader/diag.h"
#include "vm/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that is broken: says which, and ends the program as fuzzing engines expect it. */
_Noreturn void broken(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define EXPECT(condition, ...)               \
	do {                                 \
		if (!(condition))            \
			broken(__VA_ARGS__); \
	} while (0)

/* ------------------------------------------------------------------ */
/* Texts                                                              */

/* The input, or a part of it, as a text of its own. */
struct text input_text(const uint8_t *data, size_t size);
/* A line of a text from *at on, without its end; false: there is none. */
bool next_line(const struct text *text, size_t *at, struct span *ret_line);

/* Diagnostics of a reader that returned r: none is lost; they are printed, to memory, and given back. */
void expect_diags(struct diags *diags, int r);

/* ------------------------------------------------------------------ */
/* Bytes                                                              */

/* Taken off the front; zeros past the end. */
struct input {
	const uint8_t *data;
	size_t left;
};
uint8_t input_byte(struct input *input);
uint32_t input_word(struct input *input);

#define INPUT_PROG_MAX 64
/* A byte for the depth (1 to depth) and the byte order, then the programs. */
struct vd_stack *input_stack(struct input *input, size_t depth, size_t max);

/*
 * Records to try a stack with: those of the input, then some that its
 * programs' constants make interesting; the same for the same input. False: enough.
 */
struct tries {
	struct input input;
	const struct vd_stack *stack;
	uint64_t state; /* of the random ones */
	unsigned made, wanted;
};
void tries_init(struct tries *tries, const struct input *input, const struct vd_stack *stack,
		unsigned wanted);
bool tries_next(struct tries *tries, struct seccomp_data *ret_data);

#endif
