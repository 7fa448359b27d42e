/* SPDX-License-Identifier: MIT */
/* Initialisers of an array of struct sock_filter, as C reads them. */
#include "loader/ctext/token.h"
#include "loader/asm/flow.h"

#include <stdlib.h>
#include <string.h>

#define MEMBERS 4
/* A designator beyond any program's length is a mistake. */
#define INDEX_MAX (2 * FLOW_LEN_MAX)

static const struct {
	const char *name;
	unsigned bits;
} members[MEMBERS] = { { "code", 16 }, { "jt", 8 }, { "jf", 8 }, { "k", 32 } };

struct init {
	struct creader *reader;
	const struct ctoken *tokens;
	size_t at, to;
	struct sock_filter *insns;
	size_t n, cap;
	bool failed;
};

static bool at(const struct init *init, const char *what)
{
	return init->at < init->to && ctoken_is(&init->tokens[init->at], what);
}

static bool take(struct init *init, const char *what)
{
	bool there = at(init, what);

	init->at += there;
	return there;
}

/* What stands at the reader's place, or where its end is. */
static struct span here(const struct init *init)
{
	if (init->at < init->to)
		return ctoken_span(init->reader, &init->tokens[init->at]);
	if (!init->to)
		return span_of(init->reader->text, 0, 0);
	struct span last = ctoken_span(init->reader, &init->tokens[init->to - 1]);
	return span_of(last.text, last.off + last.len, 0);
}

static int meant(struct init *init, const char *what)
{
	struct span where = here(init);

	if (where.len)
		diag_error(init->reader->diags, &where, "%s is meant here, not '%.*s'", what,
			   (int)(where.len < 40 ? where.len : 40), where.text->data + where.off);
	else
		diag_error(init->reader->diags, &where, "%s is meant here", what);
	return -1;
}

/* The end of the expression that begins here: a comma, a closing brace or bracket, or the end. */
static size_t expression_end(const struct init *init)
{
	size_t end = init->at;

	while (end < init->to && !ctoken_is(&init->tokens[end], ",") && !ctoken_is(&init->tokens[end], "}") &&
	       !ctoken_is(&init->tokens[end], "]") && !ctoken_is(&init->tokens[end], "{")) {
		bool opens = ctoken_is(&init->tokens[end], "(") || ctoken_is(&init->tokens[end], "[");
		size_t close = opens ? ctoken_match(init->tokens, init->to, end) : end;
		end = close < init->to ? close + 1 : init->to;
	}
	return end;
}

/* A number of at most the bits given. */
static int read_value(struct init *init, const char *what, unsigned bits, uint32_t *ret_value)
{
	size_t end = expression_end(init);
	uint64_t value, most = ((uint64_t)1 << bits) - 1;
	struct span place;
	bool negative;

	if (end == init->at)
		return meant(init, "a value");
	if (cexpr_fold(init->reader, init->tokens + init->at, end - init->at, init->reader->diags, &place,
		       &negative, &value) < 0)
		return -1;
	init->at = end;
	bool fits = negative ? bits == 32 && (int64_t)value >= INT32_MIN : value <= most;
	if (!fits) {
		diag_error(init->reader->diags, &place, "'%.*s' does not fit %s: it has %u bits",
			   (int)(place.len < 60 ? place.len : 60), place.text->data + place.off, what, bits);
		if (bits == 8)
			diag_hint(init->reader->diags, "a branch skips at most 255 instructions");
		return -1;
	}
	*ret_value = (uint32_t)(value & most);
	return 0;
}

static void store(struct sock_filter *insn, size_t member, uint32_t value)
{
	switch (member) {
	case 0:
		insn->code = (uint16_t)value;
		break;
	case 1:
		insn->jt = (uint8_t)value;
		break;
	case 2:
		insn->jf = (uint8_t)value;
		break;
	default:
		insn->k = value;
		break;
	}
}

/* .NAME = before a value; *member is untouched where there is none. */
static int read_designator(struct init *init, size_t *member)
{
	if (!take(init, "."))
		return 0;
	for (size_t i = 0; i < MEMBERS; i++) {
		if (!take(init, members[i].name))
			continue;
		*member = i;
		return take(init, "=") ? 0 : meant(init, "'='");
	}
	int r = meant(init, "a member of struct sock_filter");
	diag_hint(init->reader->diags, "they are code, jt, jf and k");
	return r;
}

static int read_member(struct init *init, size_t member, struct sock_filter *insn)
{
	uint32_t value;
	bool braced = take(init, "{");

	if (read_value(init, members[member].name, members[member].bits, &value) < 0)
		return -1;
	store(insn, member, value);
	return braced && !take(init, "}") ? meant(init, "'}'") : 0;
}

/* code, jt, jf, k between braces, or four values without any. */
static int read_insn(struct init *init, struct sock_filter *insn)
{
	bool braced = take(init, "{");
	size_t member = 0;

	while (braced ? !at(init, "}") : member < MEMBERS) {
		if (braced && read_designator(init, &member) < 0)
			return -1;
		if (member == MEMBERS) {
			struct span where = here(init);
			diag_error(init->reader->diags, &where,
				   "an instruction has four values: code, jt, jf and k");
			return -1;
		}
		if (read_member(init, member++, insn) < 0)
			return -1;
		if (!take(init, ",") && (braced ? !at(init, "}") : member < MEMBERS))
			return meant(init, braced ? "',' or '}'" : "','");
	}
	if (braced)
		init->at++;
	return 0;
}

/* [N] = before an instruction. */
static int read_index(struct init *init, size_t *index)
{
	uint32_t value;

	if (!take(init, "["))
		return 0;
	struct span where = here(init);
	if (read_value(init, "an index", 32, &value) < 0)
		return -1;
	if (!take(init, "]"))
		return meant(init, "']'");
	if (value >= INDEX_MAX) {
		diag_error(init->reader->diags, &where, "a program has at most %d instructions",
			   FLOW_LEN_MAX);
		return -1;
	}
	*index = value;
	return take(init, "=") ? 0 : meant(init, "'='");
}

/* (struct sock_filter) before a brace says what is known. */
static void skip_cast(struct init *init)
{
	const struct ctoken *tokens = init->tokens + init->at;

	if (init->to - init->at > 4 && ctoken_is(&tokens[0], "(") && ctoken_is(&tokens[1], "struct") &&
	    ctoken_is(&tokens[2], "sock_filter") && ctoken_is(&tokens[3], ")"))
		init->at += 4;
}

/* Room for instructions up to index; those between are zero, as in C. 0 or -1 (diagnosed). */
static int make_room(struct init *init, size_t index)
{
	if (index >= init->cap) {
		size_t cap = 2 * index + 64;
		struct sock_filter *insns = realloc(init->insns, cap * sizeof(*insns));
		if (!insns) {
			struct span where = here(init);
			diag_error(init->reader->diags, &where, "out of memory");
			return -1;
		}
		init->insns = insns;
		init->cap = cap;
	}
	if (index >= init->n)
		memset(init->insns + init->n, 0, (index + 1 - init->n) * sizeof(*init->insns));
	init->n = index >= init->n ? index + 1 : init->n;
	return 0;
}

/* One instruction and the comma behind it. */
static int read_element(struct init *init, size_t *index)
{
	struct sock_filter insn = { 0 };

	if (read_index(init, index) < 0)
		return -1;
	skip_cast(init);
	bool braced = at(init, "{");
	if (read_insn(init, &insn) < 0)
		return -1;
	if (make_room(init, *index) < 0)
		return -1;
	init->insns[(*index)++] = insn;
	/* Without braces the comma went with the last value. */
	if (braced && !take(init, ",") && init->at < init->to)
		return meant(init, "','");
	return 0;
}

/* After a mistake: where the next instruction begins, a brace or a macro. */
static void recover(struct init *init, size_t start)
{
	init->failed = true;
	if (at(init, "[") || init->at == start)
		init->at++;
	if (start < init->to && ctoken_is(&init->tokens[start], "{")) {
		init->at = ctoken_match(init->tokens, init->to, start);
		init->at += init->at < init->to;
		if (!take(init, ",") && !at(init, "{"))
			init->at = init->to;
		return;
	}
	while (init->at < init->to && !at(init, "{") &&
	       !(init->tokens[init->at].kind == CTOKEN_NAME && ctoken_is(&init->tokens[init->at - 1], ",")))
		init->at++;
}

/* SIZE between an array's brackets: at least so many instructions. */
static void apply_size(struct init *init, const struct carray *array)
{
	struct span place;
	bool negative;
	uint64_t size;

	if (!array->n_size)
		return;
	if (cexpr_fold(init->reader, array->size, array->n_size, init->reader->diags, &place, &negative,
		       &size) < 0) {
		init->failed = true;
	} else if (negative || size < init->n || size > INDEX_MAX) {
		diag_error(init->reader->diags, &place, "the array has %zu instruction%s", init->n,
			   init->n == 1 ? ", which is not its size" : "s, which is not its size");
		init->failed = true;
	} else if (size > init->n && make_room(init, (size_t)size - 1) < 0) {
		init->failed = true;
	}
}

int cinit_read(struct creader *reader, const struct carray *array, struct ctext_program *ret_program)
{
	struct init init = {
		.reader = reader, .tokens = reader->tokens.items, .at = array->from, .to = array->to
	};
	size_t index = 0;

	while (init.at < init.to) {
		size_t start = init.at;
		if (read_element(&init, &index) < 0)
			recover(&init, start);
	}
	if (!init.failed)
		apply_size(&init, array);
	if (!init.failed && !init.n) {
		struct span where = array->name ? ctoken_span(reader, array->name) : here(&init);
		diag_error(reader->diags, &where, "the array has no instructions");
		init.failed = true;
	}
	if (init.failed) {
		free(init.insns);
		return -1;
	}
	*ret_program = (struct ctext_program){ .insns = init.insns, .len = init.n };
	if (array->name)
		ret_program->name = strndup(array->name->s, array->name->len);
	return 0;
}
