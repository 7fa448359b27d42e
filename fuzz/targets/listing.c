/* SPDX-License-Identifier: MIT */
/*
 * Any instructions, valid or not, written and read back: assembler with names,
 * assembler as the kernel's bpf_asm has it, C. The first byte chooses.
 */
#include "fuzz/support/support.h"
#include "loader/asm/asm.h"
#include "loader/ctext/ctext.h"
#include "loader/source/listing.h"

#include <stdlib.h>
#include <string.h>

#define LEN_MAX 64

static void same(const struct program *program, const struct sock_filter *insns, size_t len, const char *text)
{
	EXPECT(len == program->len, "%zu instructions of %zu:\n%s", len, program->len, text);
	for (size_t i = 0; i < len; i++)
		EXPECT(!memcmp(&insns[i], &program->insns[i], sizeof(*insns)),
		       "instruction %zu is 0x%x,%u,%u,0x%x, not 0x%x,%u,%u,0x%x:\n%s", i, insns[i].code,
		       insns[i].jt, insns[i].jf, insns[i].k, program->insns[i].code, program->insns[i].jt,
		       program->insns[i].jf, program->insns[i].k, text);
}

static void read_asm(const struct text *text, const struct program *program)
{
	struct asm_program *programs;
	size_t n;

	EXPECT(asm_assemble(text, NULL, &programs, &n) == 0 && n == 1, "refused:\n%s", text->data);
	same(program, programs[0].insns, programs[0].len, text->data);
	asm_programs_done(programs, n);
}

static void read_c(const struct text *text, const struct program *program)
{
	struct ctext_program *programs;
	struct span all = span_of(text, 0, 0);
	size_t n;

	EXPECT(ctext_read(text, VD_ABI_X86_64, &all, NULL, &programs, &n) == 0 && n == 1, "refused:\n%s",
	       text->data);
	same(program, programs[0].insns, programs[0].len, text->data);
	ctext_programs_done(programs, n);
}

static struct sock_filter raw_insn(struct input *input)
{
	uint32_t first = input_word(input);

	return (struct sock_filter){ .code = (uint16_t)first,
				     .jt = (uint8_t)(first >> 16),
				     .jf = (uint8_t)(first >> 24),
				     .k = input_word(input) };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "listing";
	struct input input = { data, size };
	uint8_t first = input_byte(&input);
	struct sock_filter insns[LEN_MAX];
	struct program program = { .path = name, .insns = insns };
	struct listing_opts opts = { .format = first & 1 ? LISTING_C : LISTING_ASM,
				     .numeric = first & 2,
				     .big_endian = first & 4,
				     .titled = first & 8 };
	struct text text = { .name = name, .exact = true };

	do
		insns[program.len++] = raw_insn(&input);
	while (input.left && program.len < LEN_MAX);
	FILE *out = open_memstream(&text.data, &text.len);
	EXPECT(out && listing_write(out, &program, &opts, NULL) == 0, "a program is not written");
	fclose(out);
	if (opts.format == LISTING_C)
		read_c(&text, &program);
	else
		read_asm(&text, &program);
	free(text.data);
	return 0;
}
