/* SPDX-License-Identifier: MIT */
/* Statements: labels, directives, instructions. */
#include "loader/asm/parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct assembler {
	struct cursor cursor;
	struct diags *diags;
	bool big_endian;
	struct asm_unit *units;
	size_t n;
	bool too_long; /* said once for each unit */
};

static int no_memory(struct assembler *as)
{
	struct span where = cursor_span(&as->cursor);

	diag_error(as->diags, &where, "out of memory");
	return -1;
}

static int unit_begin(struct assembler *as, char *name, struct span place)
{
	struct asm_unit *units = realloc(as->units, (as->n + 1) * sizeof(*units));

	if (!units) {
		free(name);
		return no_memory(as);
	}
	as->units = units;
	units[as->n++] = (struct asm_unit){ .name = name, .place = place };
	as->too_long = false;
	return 0;
}

/* The program that statements belong to; a text without `.program` has one all the same. */
static struct asm_unit *unit_of(struct assembler *as)
{
	if (!as->n && unit_begin(as, NULL, cursor_span(&as->cursor)) < 0)
		return NULL;
	return &as->units[as->n - 1];
}

static int add_insn(struct assembler *as, const struct asm_insn *insn)
{
	struct asm_unit *unit = unit_of(as);

	if (!unit)
		return -1;
	if (unit->n == FLOW_LEN_MAX) {
		if (!as->too_long)
			diag_error(as->diags, &insn->place, "a program has at most %d instructions",
				   FLOW_LEN_MAX);
		as->too_long = true;
		as->cursor.failed = true;
		return 0;
	}
	if (unit->n == unit->cap) {
		size_t cap = unit->cap ? 2 * unit->cap : 64;
		struct asm_insn *insns = realloc(unit->insns, cap * sizeof(*insns));
		if (!insns)
			return no_memory(as);
		unit->insns = insns;
		unit->cap = cap;
	}
	unit->insns[unit->n++] = *insn;
	return 0;
}

static int add_label(struct assembler *as, struct span name)
{
	struct asm_unit *unit = unit_of(as);

	if (!unit)
		return -1;
	if (unit->n_labels == unit->labels_cap) {
		size_t cap = unit->labels_cap ? 2 * unit->labels_cap : 16;
		struct asm_label *labels = realloc(unit->labels, cap * sizeof(*labels));
		if (!labels)
			return no_memory(as);
		unit->labels = labels;
		unit->labels_cap = cap;
	}
	unit->labels[unit->n_labels++] = (struct asm_label){ .name = name, .at = unit->n };
	return 0;
}

/*
 * After a comma the label may stand on the next line, as bpf_asm has it; a word there is else an
 * instruction.
 */
static int parse_label(struct assembler *as, bool after_comma, struct span *ret_label)
{
	struct span where = cursor_missing(&as->cursor);

	bool next_line = as->cursor.first && (!after_comma || mnemonic_at(&as->cursor));

	if (as->cursor.token.kind != TOKEN_NAME || next_line) {
		diag_error(as->diags, &where, "a label is meant here");
		if (as->cursor.token.kind == TOKEN_INT)
			diag_hint(as->diags,
				  "jumps go to labels: write a name, and 'name:' before the instruction");
		return -1;
	}
	*ret_label = cursor_span(&as->cursor);
	cursor_next(&as->cursor);
	return 0;
}

static int parse_branch(struct assembler *as, const struct mnemonic *mnemonic, struct asm_insn *insn)
{
	struct span first, second = { 0 };

	insn->flow.kind = FLOW_BRANCH;
	if (cursor_expect(&as->cursor, ',') < 0 || parse_label(as, true, &first) < 0)
		return -1;
	if (cursor_at(&as->cursor, ',')) {
		cursor_next(&as->cursor);
		if (parse_label(as, true, &second) < 0)
			return -1;
	}
	insn->to_true = mnemonic->negated ? second : first;
	insn->to_false = mnemonic->negated ? first : second;
	return 0;
}

static int refuse_operand(struct assembler *as, const struct mnemonic *mnemonic,
			  const struct operand *operand)
{
	const char *text = as->cursor.text->data + operand->span.off;
	int len = (int)(operand->span.len < 64 ? operand->span.len : 64);

	diag_error(as->diags, &operand->span, "%s does not take '%.*s'", mnemonic->name, len, text);
	if (operand->form == OPERAND_BARE && mnemonic_code(mnemonic->base, OPERAND_IMM) >= 0)
		diag_hint(as->diags, "write #%.*s%s", len, text,
			  mnemonic_code(mnemonic->base, OPERAND_ABS) >= 0
				  ? " for the number, [k] for the word at offset k"
				  : "");
	else
		diag_hint(as->diags, "%s takes %s", mnemonic->name, mnemonic->usage);
	return -1;
}

static int parse_instruction(struct assembler *as, const struct mnemonic *mnemonic)
{
	struct asm_insn insn = { .place = cursor_span(&as->cursor) };
	int code = mnemonic_code(mnemonic->base, OPERAND_NONE);
	struct operand operand;

	cursor_next(&as->cursor);
	if (!strcmp(mnemonic->base, "ja")) {
		insn.flow.code = BPF_JMP | BPF_JA;
		insn.flow.kind = FLOW_JA;
		if (parse_label(as, false, &insn.to_true) < 0)
			return -1;
		return add_insn(as, &insn);
	}
	if (code < 0) {
		if (operand_parse(&as->cursor, mnemonic->name, as->big_endian, &operand) < 0)
			return -1;
		code = mnemonic_code(mnemonic->base, operand.form);
		if (code < 0)
			return refuse_operand(as, mnemonic, &operand);
		insn.flow.k = operand.k;
	}
	insn.flow.code = (uint16_t)code;
	if (BPF_CLASS(code) == BPF_JMP && parse_branch(as, mnemonic, &insn) < 0)
		return -1;
	return add_insn(as, &insn);
}

/* The word with the letters of other alphabets that it goes on with. */
static struct span whole_word(struct span word)
{
	const char *data = word.text->data;

	for (size_t end = word.off + word.len; end < word.text->len; end++, word.len++)
		if (!is_word(data[end]) && (unsigned char)data[end] < 0x80)
			break;
	return word;
}

static int unknown_mnemonic(struct assembler *as)
{
	struct span name = cursor_span(&as->cursor), where = whole_word(name);
	const char *word = as->cursor.text->data + where.off, *near[3];

	if (where.len > name.len) {
		diag_error(as->diags, &where, "names are made of A to Z, digits and _");
		return -1;
	}
	diag_error(as->diags, &where, "unknown instruction '%.*s'", (int)(where.len < 64 ? where.len : 64),
		   word);
	diag_hint_names(as->diags, near, mnemonics_near(word, where.len, near, 3));
	return -1;
}

/* A label, or a mnemonic. */
static int parse_named(struct assembler *as)
{
	struct span name = cursor_span(&as->cursor);
	struct token after = token_at(name.text, name.off + name.len, name.text->len);

	if (after.kind == TOKEN_OP && after.op == ':') {
		cursor_next(&as->cursor);
		cursor_next(&as->cursor);
		return add_label(as, name);
	}
	const struct mnemonic *mnemonic = mnemonic_at(&as->cursor);
	return mnemonic ? parse_instruction(as, mnemonic) : unknown_mnemonic(as);
}

/* .insn code,jt,jf,k */
static int parse_insn(struct assembler *as, struct span place)
{
	static const unsigned bits[] = { 16, 8, 8, 32 };
	struct asm_insn insn = { .place = place, .flow.kind = FLOW_LITERAL };
	uint32_t values[4];

	for (int i = 0; i < 4; i++)
		if ((i && cursor_expect(&as->cursor, ',') < 0) ||
		    cursor_constant(&as->cursor, bits[i], &values[i]) < 0)
			return -1;
	insn.flow.code = (uint16_t)values[0];
	insn.flow.jt = (uint8_t)values[1];
	insn.flow.jf = (uint8_t)values[2];
	insn.flow.k = values[3];
	return add_insn(as, &insn);
}

/* .program "NAME" */
static int parse_program(struct assembler *as, struct span place)
{
	const char *data = as->cursor.text->data, *begin = data + as->cursor.token.off + 1, *end;
	struct span where = cursor_missing(&as->cursor);

	if (as->cursor.first || !cursor_at(&as->cursor, '"')) {
		diag_error(as->diags, &where, "the program's name is meant here");
		diag_hint(as->diags, "write .program \"01.bpf\"");
		return -1;
	}
	end = begin + strcspn(begin, "\"\n");
	if (*end != '"') {
		diag_error(as->diags, &where, "the name has no closing '\"'");
		return -1;
	}
	char *name = strndup(begin, (size_t)(end - begin));
	if (!name)
		return no_memory(as);
	cursor_seek(&as->cursor, (size_t)(end - data) + 1);
	return unit_begin(as, name, place);
}

/* .byteorder little|big: which half the names .lo and .hi are from here on. */
static int parse_byteorder(struct assembler *as)
{
	struct span where = cursor_missing(&as->cursor);
	bool big = cursor_word(&as->cursor, "big");

	if (as->cursor.first || (!big && !cursor_word(&as->cursor, "little"))) {
		diag_error(as->diags, &where, "little or big is meant here");
		return -1;
	}
	as->big_endian = big;
	cursor_next(&as->cursor);
	return 0;
}

static int parse_directive(struct assembler *as)
{
	static const char *const names[] = { "insn", "program", "byteorder" };
	struct span place = cursor_span(&as->cursor);
	const char *near;

	cursor_next(&as->cursor);
	if (cursor_word(&as->cursor, "insn")) {
		cursor_next(&as->cursor);
		return parse_insn(as, place);
	}
	if (cursor_word(&as->cursor, "program")) {
		cursor_next(&as->cursor);
		return parse_program(as, place);
	}
	if (cursor_word(&as->cursor, "byteorder")) {
		cursor_next(&as->cursor);
		return parse_byteorder(as);
	}
	struct span where = cursor_missing(&as->cursor);
	const char *word = as->cursor.text->data + where.off;
	diag_error(as->diags, &where, "unknown directive '.%.*s'", (int)(where.len < 64 ? where.len : 64),
		   word);
	if (vd_near(word, where.len, names, 3, &near, 1))
		diag_hint(as->diags, "did you mean '.%s'?", near);
	else
		diag_hint(as->diags, "the directives are .insn, .program and .byteorder");
	return -1;
}

/* What can begin no statement: the rest of one that was complete before, most likely. */
static int unexpected(struct assembler *as)
{
	const struct cursor *cursor = &as->cursor;
	struct span where = cursor_span(cursor);
	const char *word = cursor->text->data + where.off;

	diag_error(as->diags, &where,
		   cursor->first ? "an instruction is meant here, not '%.*s'" : "'%.*s' is not expected here",
		   (int)where.len, word);
	if (cursor->first && *word == '{')
		diag_hint(as->diags, "this looks like C: write c: before the name");
	else if (!cursor->first && *word == '#')
		diag_hint(as->diags, "a comment after an instruction begins with ';'");
	else if (!cursor->first && strchr("+-*/", *word))
		diag_hint(as->diags, "the operators of constants are | ^ & << >> ~ and unary -");
	return -1;
}

static int parse_statement(struct assembler *as)
{
	struct cursor *cursor = &as->cursor;

	if (cursor_at(cursor, '#') && cursor->first) {
		cursor_skip_line(cursor, cursor->token.off);
		return 0;
	}
	if (cursor_at(cursor, '.'))
		return parse_directive(as);
	if (cursor->token.kind == TOKEN_NAME)
		return parse_named(as);

	return unexpected(as);
}

static void unit_done(struct asm_unit *unit)
{
	free(unit->name);
	free(unit->insns);
	free(unit->labels);
}

/*
 * After a mistake the reader goes on with the next line; an instruction stands in for the one that was
 * meant.
 */
static void give_up_line(struct assembler *as, size_t begin)
{
	struct asm_insn insn = { .place = cursor_span(&as->cursor) };
	struct asm_unit *unit = unit_of(as);

	as->cursor.failed = true;
	cursor_skip_line(&as->cursor, begin);
	if (!unit)
		return;
	unit->broken = true;
	add_insn(as, &insn);
}

static void parse_all(struct assembler *as)
{
	while (as->cursor.token.kind != TOKEN_END && !diags_full(as->diags)) {
		size_t begin = as->cursor.token.off;
		if (parse_statement(as) < 0)
			give_up_line(as, begin);
	}
	/* Not all of it was read. */
	if (as->cursor.token.kind != TOKEN_END)
		as->cursor.failed = true;
}

static int lay_out(struct assembler *as, struct asm_program *programs)
{
	int r = 0;

	for (size_t i = 0; i < as->n; i++) {
		if (asm_layout(&as->units[i], as->diags, &programs[i].insns, &programs[i].len) < 0)
			r = -1;
		programs[i].name = as->units[i].name;
		as->units[i].name = NULL;
	}
	return r;
}

void asm_programs_done(struct asm_program *programs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(programs[i].name);
		free(programs[i].insns);
	}
	free(programs);
}

int asm_assemble(const struct text *text, struct diags *diags, struct asm_program **ret_programs,
		 size_t *ret_n)
{
	struct assembler as = { .diags = diags };
	struct asm_program *programs = NULL;
	int r = -1;

	cursor_init(&as.cursor, text, diags);
	parse_all(&as);
	if (unit_of(&as)) {
		programs = calloc(as.n, sizeof(*programs));
		if (!programs)
			no_memory(&as);
	}
	if (programs) {
		r = lay_out(&as, programs);
		if (as.cursor.failed)
			r = -1;
	}
	if (r == 0) {
		*ret_programs = programs;
		*ret_n = as.n;
	} else if (programs) {
		asm_programs_done(programs, as.n);
	}
	for (size_t i = 0; i < as.n; i++)
		unit_done(&as.units[i]);
	free(as.units);
	return r;
}
