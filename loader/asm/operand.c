/* SPDX-License-Identifier: MIT */
#include "loader/asm/parse.h"

#include <string.h>
#include <strings.h>

/* Offsets in struct seccomp_data. */
#define OFF_NR 0
#define OFF_ARCH 4
#define OFF_IP 8
#define OFF_ARGS 16
#define ARGS 6

/* bpf_asm's names for what a packet's record holds besides its bytes. */
static const char *const extensions[] = {
	"proto",  "type",   "poff", "ifidx",	"nla",	   "nlan",	 "mark",      "queue",
	"hatype", "rxhash", "cpu",  "vlan_tci", "vlan_pr", "vlan_avail", "vlan_tpid", "rand",
};

static int bad(struct cursor *cursor, const char *message)
{
	struct span where = cursor_missing(cursor);

	diag_error(cursor->diags, &where, "%s", message);
	return -1;
}

static bool at_extension(struct cursor *cursor)
{
	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++)
		if (cursor_word(cursor, extensions[i]))
			return true;
	return false;
}

static int refuse_extension(struct cursor *cursor)
{
	struct span where = cursor_span(cursor);

	diag_error(cursor->diags, &where, "'%.*s' is a packet's property: seccomp filters cannot load it",
		   (int)where.len, cursor->text->data + where.off);
	diag_hint(cursor->diags,
		  "the words of a record are nr, arch, ip.lo, ip.hi and args[0].lo to args[5].hi");
	return -1;
}

/* What follows '#'. */
static int parse_immediate(struct cursor *cursor, struct operand *operand)
{
	cursor_next(cursor);
	if (cursor_word(cursor, "len")) {
		operand->form = OPERAND_LEN;
		cursor_next(cursor);
		return 0;
	}
	if (at_extension(cursor))
		return refuse_extension(cursor);
	operand->form = OPERAND_IMM;
	return cursor_constant(cursor, 32, &operand->k);
}

/* [k] or [x + k]; the '[' is the next token. */
static int parse_bracket(struct cursor *cursor, struct operand *operand)
{
	cursor_next(cursor);
	if (cursor_at(cursor, '%'))
		cursor_next(cursor);
	if (cursor_word(cursor, "x")) {
		cursor_next(cursor);
		operand->form = OPERAND_IND;
		if (cursor_expect(cursor, '+') < 0)
			return -1;
	} else {
		operand->form = OPERAND_ABS;
	}
	if (cursor_constant(cursor, 32, &operand->k) < 0)
		return -1;
	return cursor_expect(cursor, ']');
}

static int parse_memory(struct cursor *cursor, struct operand *operand)
{
	cursor_next(cursor);
	operand->form = OPERAND_MEM;
	if (cursor_expect(cursor, '[') < 0 || cursor_constant(cursor, 32, &operand->k) < 0)
		return -1;
	return cursor_expect(cursor, ']');
}

/* 4*([k]&0xf), with the 4 already read: the only form that has an opcode. */
static int parse_header_length(struct cursor *cursor, struct operand *operand)
{
	uint32_t four = operand->k, mask;

	operand->form = OPERAND_MSH;
	if (cursor_expect(cursor, '*') < 0 || cursor_expect(cursor, '(') < 0 ||
	    cursor_expect(cursor, '[') < 0 || cursor_constant(cursor, 32, &operand->k) < 0 ||
	    cursor_expect(cursor, ']') < 0 || cursor_expect(cursor, '&') < 0 ||
	    cursor_constant(cursor, 32, &mask) < 0 || cursor_expect(cursor, ')') < 0)
		return -1;
	if (four == 4 && mask == 0xf)
		return 0;
	struct span where = span_of(cursor->text, operand->span.off, cursor->last - operand->span.off);
	diag_error(cursor->diags, &where, "only 4*([k]&0xf) has an instruction");
	return -1;
}

static int parse_bare(struct cursor *cursor, struct operand *operand)
{
	operand->form = OPERAND_BARE;
	if (cursor_constant(cursor, 32, &operand->k) < 0)
		return -1;
	return cursor_at(cursor, '*') ? parse_header_length(cursor, operand) : 0;
}

/* .lo or .hi of the word at offset off. */
static int parse_half(struct cursor *cursor, bool big_endian, struct operand *operand, uint32_t off)
{
	bool high;

	if (!cursor_at(cursor, '.') || cursor->first) {
		const char *data = cursor->text->data + operand->span.off;
		int len = (int)(cursor->last - operand->span.off);
		struct span where = span_of(cursor->text, operand->span.off, (size_t)len);

		diag_error(cursor->diags, &where, "%.*s has 64 bits, a load takes 32", len, data);
		diag_hint(cursor->diags, "write %.*s.lo or %.*s.hi", len, data, len, data);
		return -1;
	}
	cursor_next(cursor);
	high = cursor_word(cursor, "hi");
	if (!high && !cursor_word(cursor, "lo"))
		return bad(cursor, "a half is meant here: lo or hi");
	cursor_next(cursor);
	operand->form = OPERAND_ABS;
	operand->k = off + (high != big_endian ? 4 : 0);
	return 0;
}

static int bad_argument(struct cursor *cursor, const struct span *where)
{
	diag_error(cursor->diags, where, "there is no such argument");
	diag_hint(cursor->diags, "a system call has args[0] to args[%d]", ARGS - 1);
	return -1;
}

/* args[N].half */
static int parse_argument(struct cursor *cursor, bool big_endian, struct operand *operand)
{
	uint32_t n;

	cursor_next(cursor);
	if (cursor_expect(cursor, '[') < 0)
		return -1;
	struct span where = cursor_span(cursor);
	if (cursor_constant(cursor, 32, &n) < 0)
		return -1;
	if (n >= ARGS)
		return bad_argument(cursor, &where);
	if (cursor_expect(cursor, ']') < 0)
		return -1;
	return parse_half(cursor, big_endian, operand, OFF_ARGS + 8 * n);
}

/* argN.half, as verdict-rules(5) has it. */
static int parse_short_argument(struct cursor *cursor, bool big_endian, struct operand *operand)
{
	struct span where = cursor_span(cursor);
	unsigned n = (unsigned)(cursor->text->data[where.off + 3] - '0');

	if (n >= ARGS)
		return bad_argument(cursor, &where);
	cursor_next(cursor);
	return parse_half(cursor, big_endian, operand, OFF_ARGS + 8 * n);
}

/* A word that is no operand: a constant without its '#', most likely. */
static int unknown_word(struct cursor *cursor, const char *mnemonic)
{
	static const char *const words[] = {
		"nr", "arch", "ip.lo", "ip.hi", "args[0].lo", "args[0].hi", "len"
	};
	struct span where = cursor_span(cursor);
	const char *word = cursor->text->data + where.off, *near[3];
	bool load = !strcasecmp(mnemonic, "ld");
	size_t n = load ? vd_near(word, where.len, words, sizeof(words) / sizeof(*words), near, 3) : 0;

	diag_error(cursor->diags, &where, "'%.*s' is no operand of %s",
		   (int)(where.len < 64 ? where.len : 64), word, mnemonic);
	if (n)
		diag_hint_names(cursor->diags, near, n);
	else if (load)
		diag_hint(cursor->diags,
			  "the words of a record are nr, arch, ip.lo, ip.hi and args[0].lo to args[5].hi");
	else
		diag_hint(cursor->diags, "a constant is written with '#': #%.*s",
			  (int)(where.len < 64 ? where.len : 64), word);
	return -1;
}

static int parse_register(struct cursor *cursor, struct operand *operand)
{
	if (!cursor_word(cursor, "x") && !cursor_word(cursor, "a"))
		return bad(cursor, "a register is meant here: x or a");
	operand->form = cursor_word(cursor, "x") ? OPERAND_X : OPERAND_A;
	cursor_next(cursor);
	return 0;
}

static int parse_word(struct cursor *cursor, const char *mnemonic, bool big_endian, struct operand *operand)
{
	const char *word = cursor->text->data + cursor->token.off;

	if (cursor_word(cursor, "x") || cursor_word(cursor, "a"))
		return parse_register(cursor, operand);
	if (cursor_word(cursor, "m"))
		return parse_memory(cursor, operand);
	if (cursor_word(cursor, "args"))
		return parse_argument(cursor, big_endian, operand);
	if (cursor->token.len == 4 && !strncasecmp(word, "arg", 3) && is_digit(word[3]))
		return parse_short_argument(cursor, big_endian, operand);
	if (cursor_word(cursor, "ip")) {
		cursor_next(cursor);
		return parse_half(cursor, big_endian, operand, OFF_IP);
	}
	if (at_extension(cursor))
		return refuse_extension(cursor);
	if (cursor_word(cursor, "len"))
		operand->form = OPERAND_LEN;
	else if (cursor_word(cursor, "nr") || cursor_word(cursor, "arch"))
		operand->form = OPERAND_ABS;
	else
		return unknown_word(cursor, mnemonic);
	operand->k = cursor_word(cursor, "arch") ? OFF_ARCH : OFF_NR;
	cursor_next(cursor);
	return 0;
}

static int parse_any(struct cursor *cursor, const char *mnemonic, bool big_endian, struct operand *operand)
{
	struct span where = cursor_missing(cursor);

	/* bpf_asm lets an operand stand on the next line; a word there is the next instruction. */
	if (cursor->token.kind == TOKEN_END ||
	    (cursor->first && !cursor_at(cursor, '#') && !cursor_at(cursor, '['))) {
		diag_error(cursor->diags, &where, "%s has no operand", mnemonic);
		return -1;
	}
	if (cursor_at(cursor, '#'))
		return parse_immediate(cursor, operand);
	if (cursor_at(cursor, '['))
		return parse_bracket(cursor, operand);
	if (cursor_at(cursor, '%')) {
		cursor_next(cursor);
		return parse_register(cursor, operand);
	}
	if (cursor->token.kind == TOKEN_NAME)
		return parse_word(cursor, mnemonic, big_endian, operand);
	if (cursor->token.kind == TOKEN_INT || cursor_at(cursor, '-') || cursor_at(cursor, '+'))
		return parse_bare(cursor, operand);
	return bad(cursor, "an operand is meant here");
}

int operand_parse(struct cursor *cursor, const char *mnemonic, bool big_endian, struct operand *ret_operand)
{
	struct operand operand = { .span = cursor_span(cursor) };

	if (parse_any(cursor, mnemonic, big_endian, &operand) < 0)
		return -1;
	operand.span.len = cursor->last - operand.span.off;
	*ret_operand = operand;
	return 0;
}
