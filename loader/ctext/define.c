/* SPDX-License-Identifier: MIT */
/* The table of macros. */
#include "loader/ctext/token.h"

#include <stdio.h>
#include <string.h>

static size_t hash(const char *name, size_t len)
{
	uint64_t value = 0xcbf29ce484222325u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		value = (value ^ (unsigned char)name[i]) * 0x100000001b3u;
	return (size_t)(value ^ value >> 32);
}

/* Where a name stands, or would. */
static size_t slot_of(const struct creader *reader, const char *name, size_t len)
{
	size_t mask = reader->macros_cap - 1, slot = hash(name, len) & mask;

	for (; reader->macros[slot]; slot = (slot + 1) & mask)
		if (reader->macros[slot]->len == len && !memcmp(reader->macros[slot]->name, name, len))
			break;
	return slot;
}

static void make_room(struct creader *reader)
{
	struct cmacro **old = reader->macros;
	size_t cap = reader->macros_cap;

	if (2 * (reader->n_macros + 1) <= cap)
		return;
	reader->macros_cap = cap ? 2 * cap : 64;
	reader->macros = arena_alloc(&reader->arena, reader->macros_cap * sizeof(struct cmacro *));
	for (size_t i = 0; i < cap; i++)
		if (old[i])
			reader->macros[slot_of(reader, old[i]->name, old[i]->len)] = old[i];
}

struct cmacro *cmacro_find(const struct creader *reader, const struct ctoken *name)
{
	struct cmacro *macro = reader->macros_cap ? reader->macros[slot_of(reader, name->s, name->len)]
						  : NULL;

	return macro && macro->defined ? macro : NULL;
}

struct cmacro *cmacro_new(struct creader *reader, const struct ctoken *name)
{
	make_room(reader);
	size_t slot = slot_of(reader, name->s, name->len);
	struct cmacro *macro = reader->macros[slot];

	if (!macro) {
		macro = arena_alloc(&reader->arena, sizeof(*macro));
		reader->macros[slot] = macro;
		reader->n_macros++;
	}
	*macro = (struct cmacro){ .name = name->s, .len = name->len, .defined = true };
	return macro;
}

void cmacro_undefine(struct creader *reader, const struct ctoken *name)
{
	struct cmacro *macro = cmacro_find(reader, name);

	if (macro)
		macro->defined = false;
}

static int bad_params(struct creader *reader, const struct ctoken *at)
{
	struct span where = ctoken_span(reader, at);

	diag_error(reader->diags, &where, "the name of a parameter, ',' or ')' is meant here");
	reader->failed = true;
	return -1;
}

/* (a, b, ...) from the parenthesis on: the tokens it takes, or -1 (diagnosed). */
static int read_params(struct creader *reader, struct cmacro *macro, const struct ctoken *line, size_t n)
{
	struct ctokens params = { 0 };
	size_t at = 1;

	while (at < n && !ctoken_is(&line[at], ")")) {
		if (ctoken_is(&line[at], "..."))
			macro->variadic = true;
		else if (line[at].kind == CTOKEN_NAME)
			ctoken_add(reader, &params, &line[at]);
		else
			return bad_params(reader, &line[at]);
		at++;
		if (at < n && ctoken_is(&line[at], ","))
			at++;
		else if (at < n && !ctoken_is(&line[at], ")"))
			return bad_params(reader, &line[at]);
	}
	if (at == n)
		return bad_params(reader, &line[n - 1]);
	if (macro->variadic)
		ctoken_add(reader, &params,
			   &(struct ctoken){ .s = "__VA_ARGS__", .len = strlen("__VA_ARGS__") });
	macro->function = true;
	macro->params = params.items;
	macro->n_params = params.n;
	return (int)at + 1;
}

void cmacro_define(struct creader *reader, const struct ctoken *line, size_t n)
{
	struct cmacro macro = { 0 };
	int used = 0;

	if (n > 1 && ctoken_is(&line[1], "(") && line[1].glued)
		used = read_params(reader, &macro, line + 1, n - 1);
	if (used < 0)
		return;
	struct cmacro *defined = cmacro_new(reader, &line[0]);
	macro.name = defined->name;
	macro.len = defined->len;
	macro.defined = true;
	macro.n_body = n - 1 - (size_t)used;
	macro.body = arena_copy(&reader->arena, line + 1 + used, macro.n_body * sizeof(*line));
	*defined = macro;
}

/* ------------------------------------------------------------------ */
/* Macros that are there from the start                               */

static const struct {
	int abi;
	const char *macros;
} of_abis[] = {
	{ VD_ABI_X86_64, "__x86_64__ 1\n__LP64__ 1" },
	{ VD_ABI_X32, "__x86_64__ 1\n__ILP32__ 1" },
	{ VD_ABI_I386, "__i386__ 1" },
	{ VD_ABI_AARCH64, "__aarch64__ 1\n__LP64__ 1" },
	{ VD_ABI_ARM, "__arm__ 1\n__ARM_EABI__ 1" },
	{ VD_ABI_RISCV64, "__riscv 1\n__riscv_xlen 64\n__LP64__ 1" },
	{ VD_ABI_RISCV32, "__riscv 1\n__riscv_xlen 32" },
	{ VD_ABI_S390, "__s390__ 1" },
	{ VD_ABI_S390X, "__s390__ 1\n__s390x__ 1\n__LP64__ 1" },
	{ VD_ABI_PPC, "__powerpc__ 1" },
	{ VD_ABI_PPC64, "__powerpc__ 1\n__powerpc64__ 1\n__LP64__ 1" },
	{ VD_ABI_PPC64LE, "__powerpc__ 1\n__powerpc64__ 1\n__LP64__ 1" },
	{ VD_ABI_MIPS, "__mips__ 1\n__MIPSEB__ 1" },
	{ VD_ABI_MIPSEL, "__mips__ 1\n__MIPSEL__ 1" },
	{ VD_ABI_MIPS64, "__mips__ 1\n__mips64 1\n__MIPSEB__ 1\n__LP64__ 1" },
	{ VD_ABI_MIPSEL64, "__mips__ 1\n__mips64 1\n__MIPSEL__ 1\n__LP64__ 1" },
	{ VD_ABI_LOONGARCH64, "__loongarch__ 1\n__LP64__ 1" },
	{ VD_ABI_M68K, "__m68k__ 1" },
	{ VD_ABI_PARISC, "__hppa__ 1" },
};

/* linux/filter.h's two, without the cast of the code: its range is checked where it is stored. */
static const char of_all[] = "BPF_STMT(code, k) { code, 0, 0, k }\n"
			     "BPF_JUMP(code, k, jt, jf) { code, jt, jf, k }\n"
			     "__X32_SYSCALL_BIT 0x40000000\n"
			     "__linux__ 1\n"
			     "__LITTLE_ENDIAN 1234\nLITTLE_ENDIAN 1234\n__ORDER_LITTLE_ENDIAN__ 1234\n"
			     "__BIG_ENDIAN 4321\nBIG_ENDIAN 4321\n__ORDER_BIG_ENDIAN__ 4321\n";

static void define_lines(struct creader *reader, const char *lines)
{
	struct ctokens tokens = { 0 };

	ctoken_split(reader, lines, strlen(lines), &tokens);
	for (size_t at = 0; at < tokens.n;) {
		size_t n = 1;
		while (at + n < tokens.n && !tokens.items[at + n].first)
			n++;
		cmacro_define(reader, tokens.items + at, n);
		at += n;
	}
}

void cmacro_builtins(struct creader *reader)
{
	bool big = vd_abi_info(reader->abi)->big_endian;

	define_lines(reader, of_all);
	define_lines(reader, big ? "__BYTE_ORDER 4321\nBYTE_ORDER 4321\n__BYTE_ORDER__ 4321"
				 : "__BYTE_ORDER 1234\nBYTE_ORDER 1234\n__BYTE_ORDER__ 1234");
	for (size_t i = 0; i < sizeof(of_abis) / sizeof(*of_abis); i++)
		if (of_abis[i].abi == reader->abi)
			define_lines(reader, of_abis[i].macros);
}
