/* SPDX-License-Identifier: MIT */
#include "cases/values.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <string.h>

const struct values values_any = {
	.wide = { (const struct interval[]){ { 0, UINT64_MAX } }, 1 },
	.narrow = { (const struct interval[]){ { 0, UINT32_MAX } }, 1 },
};

struct reader {
	const struct archs *archs;
	struct diags *diags;
	struct set_builder wide, narrow;
};

static int read_value(const struct reader *reader, const struct span *word, struct expr_value *ret_value)
{
	if (expr_const(word, reader->diags, ret_value) < 0) {
		if (memchr(word->text->data + word->off, '.', word->len))
			diag_hint(reader->diags, "values are whole numbers; a range is written 0..4095");
		return -1;
	}
	if (ret_value->varies && reader->archs->varied) {
		diag_error(reader->diags, word, "'%.*s' has another value on other architectures than x86",
			   WORD_ARGS(word));
		diag_hint(reader->diags, "write the number, in a case for each architecture");
		return -1;
	}
	return 0;
}

/* A value in a register of 32 bits. */
static int narrow(const struct reader *reader, const struct span *word, const struct expr_value *value,
		  uint64_t *ret_value)
{
	bool fits = value->negative ? (int64_t)value->bits >= INT32_MIN : value->bits <= UINT32_MAX;

	*ret_value = (uint32_t)value->bits;
	if (fits || !reader->archs->narrow)
		return 0;
	diag_error(reader->diags, word,
		   "'%.*s' does not fit the registers of 32 bits that an ABI of this case has",
		   WORD_ARGS(word));
	diag_hint(reader->diags, "write a case of its own for the ABIs whose registers have 64");
	return -1;
}

static void add_range(struct reader *reader, const struct span *word, const struct span *first,
		      const struct span *last)
{
	struct expr_value lo, hi;
	uint64_t narrow_lo, narrow_hi;

	if (!first->len || !last->len) {
		diag_error(reader->diags, word, "a range has two ends");
		diag_hint(reader->diags, "write, for instance, 0..4095");
		return;
	}
	if (read_value(reader, first, &lo) < 0 || read_value(reader, last, &hi) < 0)
		return;
	if (lo.bits > hi.bits) {
		diag_error(reader->diags, word,
			   "this range is empty: values are unsigned, and its first is larger");
		if (lo.negative && !hi.negative)
			diag_hint(reader->diags, "write two ranges: %.*s..-1 and 0..%.*s", WORD_ARGS(first),
				  WORD_ARGS(last));
		else
			diag_hint(reader->diags, "write %.*s..%.*s", WORD_ARGS(last), WORD_ARGS(first));
		return;
	}
	if (narrow(reader, first, &lo, &narrow_lo) < 0 || narrow(reader, last, &hi, &narrow_hi) < 0)
		return;
	set_add(&reader->wide, lo.bits, hi.bits);
	if (reader->archs->narrow)
		set_add(&reader->narrow, narrow_lo, narrow_hi);
}

static void add_word(void *userdata, const struct node *node)
{
	struct reader *reader = userdata;
	struct span word = span_trim(node->text), first, last;
	struct expr_value value;
	uint64_t cut;

	if (word_check(node, "a number", reader->diags) < 0)
		return;
	if (span_is(&word, "any")) {
		set_add(&reader->wide, 0, UINT64_MAX);
		set_add(&reader->narrow, 0, UINT32_MAX);
	} else if (word_range(&word, &first, &last)) {
		add_range(reader, &word, &first, &last);
	} else if (read_value(reader, &word, &value) == 0 && narrow(reader, &word, &value, &cut) == 0) {
		set_add(&reader->wide, value.bits, value.bits);
		if (reader->archs->narrow)
			set_add(&reader->narrow, cut, cut);
	}
}

int values_read(const struct node *node, const struct archs *archs, struct arena *arena, struct diags *diags,
		struct values *ret_values)
{
	struct reader reader = {
		.archs = archs,
		.diags = diags,
		.wide = { .arena = arena },
		.narrow = { .arena = arena },
	};
	size_t errors = diags->errors;

	if (node->bad)
		return -1;
	words_each(node, "a number, a list or a range", diags, add_word, &reader);
	if (diags->errors != errors)
		return -1;
	*ret_values = (struct values){ set_build(&reader.wide), set_build(&reader.narrow) };
	if (ret_values->wide.n)
		return 0;
	diag_error(diags, &node->at, "no value is left: the case would be about nothing");
	diag_hint(diags, "'any' means every value");
	return -1;
}
