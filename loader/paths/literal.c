/* SPDX-License-Identifier: MIT */
#include "loader/paths/literal.h"

#include <inttypes.h>

int field_of_word(unsigned word)
{
	return word < 2 ? FIELDS : word < 4 ? FIELD_IP : (int)(word / 2) - 2;
}

bool is_high_word(const struct literal_writer *writer, unsigned word)
{
	return (word & 1) != writer->big_endian;
}

static void put_number(FILE *out, uint64_t value)
{
	fprintf(out, value < 10 ? "%" PRIu64 : "0x%" PRIx64, value);
}

static void put_word(struct literal_writer *writer, unsigned word)
{
	static const char *const names[] = { "nr", "arch" };
	int field = field_of_word(word);

	if (field == FIELDS) {
		fputs(names[word], writer->out);
		return;
	}
	if (field == FIELD_IP)
		fputs("ip", writer->out);
	else
		fprintf(writer->out, "arg%d", field);
	fputs(is_high_word(writer, word) ? ".hi" : ".lo", writer->out);
}

static const char *operator_of(enum term_op op)
{
	switch (op) {
	case TERM_AND:
		return "&";
	case TERM_OR:
		return "|";
	case TERM_XOR:
		return "^";
	case TERM_ADD:
		return "+";
	case TERM_SUB:
		return "-";
	case TERM_MUL:
		return "*";
	case TERM_DIV:
		return "/";
	case TERM_LSH:
		return "<<";
	case TERM_RSH:
		return ">>";
	case TERM_SAME:
		return "==";
	case TERM_OVER:
		return ">";
	case TERM_CONST:
	case TERM_WORD:
	case TERM_NEG:
		break;
	}
	return "?";
}

static void put_term(struct literal_writer *writer, int at, bool inside)
{
	const struct term *term = term_at(writer->terms, at);

	if (term->op == TERM_CONST) {
		put_number(writer->out, term->k);
		return;
	}
	if (term->op == TERM_WORD) {
		put_word(writer, term->k);
		return;
	}
	if (inside)
		fputc('(', writer->out);
	if (term->op == TERM_NEG) {
		fputc('-', writer->out);
		put_term(writer, term->left, true);
	} else {
		put_term(writer, term->left, true);
		fprintf(writer->out, " %s ", operator_of(term->op));
		put_term(writer, term->right, true);
	}
	if (inside)
		fputc(')', writer->out);
}

static const char *comparison(enum atom_op op)
{
	switch (op) {
	case ATOM_EQ:
		return "==";
	case ATOM_NE:
		return "!=";
	case ATOM_GT:
		return ">";
	case ATOM_LE:
		return "<=";
	}
	return "?";
}

/* A comparison of two terms: the atom says whether it is 1. */
static bool put_relation(struct literal_writer *writer, const struct atom *atom)
{
	const struct term *term = term_at(writer->terms, atom->base);

	if (term->op != TERM_SAME && term->op != TERM_OVER)
		return false;
	put_term(writer, term->left, true);
	if (atom_holds(atom, 1))
		fprintf(writer->out, " %s ", operator_of(term->op));
	else
		fputs(term->op == TERM_SAME ? " != " : " <= ", writer->out);
	put_term(writer, term->right, true);
	return true;
}

static void put_literal(struct literal_writer *writer, const struct literal *literal)
{
	bool masked = literal->mask != (literal->wide ? UINT64_MAX : UINT32_MAX);
	bool bit = literal->op == ATOM_EQ && literal->k && literal->k == literal->mask &&
		   !(literal->mask & (literal->mask - 1)); /* it is set: not 0 */

	if (!literal->wide && put_relation(writer, &literal->atom))
		return;
	if (masked)
		fputc('(', writer->out);
	if (!literal->wide)
		put_term(writer, literal->atom.base, true);
	else if (literal->field == FIELD_IP)
		fputs("ip", writer->out);
	else
		fprintf(writer->out, "arg%d", literal->field);
	if (masked) {
		fputs(" & ", writer->out);
		put_number(writer->out, literal->mask);
		fputc(')', writer->out);
	}
	fprintf(writer->out, " %s ", comparison(bit ? ATOM_NE : literal->op));
	put_number(writer->out, bit ? 0 : literal->k);
}

void clauses_write(struct literal_writer *writer, const struct clause *clauses, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool group = n > 1 && clauses[i].n > 1;

		fputs(i ? " || " : "", writer->out);
		fputs(group ? "(" : "", writer->out);
		for (size_t j = 0; j < clauses[i].n; j++) {
			fputs(j ? " && " : "", writer->out);
			put_literal(writer, &clauses[i].literals[j]);
		}
		fputs(clauses[i].n ? "" : "1", writer->out);
		fputs(group ? ")" : "", writer->out);
	}
}
