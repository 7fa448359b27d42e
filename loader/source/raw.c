/* SPDX-License-Identifier: MIT */
/* raw: a file of struct sock_filter, little-endian: u16 code, u8 jt, u8 jf, u32 k. */
#include "loader/source/kinds.h"

#include <stdlib.h>
#include <string.h>

#define INSN_SIZE 8

bool raw_looks_binary(const struct text *text)
{
	return memchr(text->data, '\0', text->len) != NULL;
}

bool raw_plausible(const struct text *text)
{
	size_t n = text->len / INSN_SIZE, known = 0;

	/* no opcode of classic BPF has more than 8 bits */
	for (size_t i = 0; i < n; i++)
		known += !text->data[i * INSN_SIZE + 1];
	return !n || (!text->data[1] && known >= n - known);
}

static bool looks_like_text(const struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->data[i];
		if (c < 0x20 && !(c >= '\t' && c <= '\r'))
			return false;
	}
	return true;
}

static struct sock_filter decode(const unsigned char *at)
{
	return (struct sock_filter){
		.code = (uint16_t)(at[0] | at[1] << 8),
		.jt = at[2],
		.jf = at[3],
		.k = at[4] | (uint32_t)at[5] << 8 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 24,
	};
}

int raw_load(struct source *source, const struct text *text, const struct span *place, struct diags *diags)
{
	size_t n = text->len / INSN_SIZE, rest = text->len % INSN_SIZE;
	struct sock_filter *insns;

	if (!text->len)
		return source_error(diags, place, text->name,
				    "is empty: a program has at least one instruction");
	if (rest) {
		source_error(diags, place, text->name,
			     "has %zu byte%s, not a multiple of %d: instructions have %d bytes each",
			     text->len, text->len == 1 ? "" : "s", INSN_SIZE, INSN_SIZE);
		if (looks_like_text(text))
			diag_hint(diags, "it holds text: write asm:%s if that is assembler", text->name);
		else if (n)
			diag_hint(diags, "%zu byte%s left over after %zu instruction%s", rest,
				  rest == 1 ? " is" : "s are", n, n == 1 ? "" : "s");
		else
			diag_hint(diags, "the file is cut off, or no program");
		return -1;
	}
	insns = malloc(n * sizeof(*insns));
	if (!insns)
		return source_error(diags, place, text->name, "out of memory");
	for (size_t i = 0; i < n; i++)
		insns[i] = decode((const unsigned char *)text->data + i * INSN_SIZE);
	return source_add(source, text->name, insns, n, diags);
}
