/* SPDX-License-Identifier: MIT */
#include "loader/source/listing.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_ 160	/* of one instruction's text */
#define TEXT_COLUMNS 40 /* instructions are padded to this width before their comment */

/* A name that stays inside its folder and inside its quotes; anything else gets its number. */
static bool usable_name(const char *name)
{
	return name && *name && *name != '.' && strlen(name) < 200 && !strpbrk(name, "/\"\n");
}

void listing_name(const struct program *program, size_t index, char *buf, size_t size)
{
	if (usable_name(program->name))
		snprintf(buf, size, "%s", program->name);
	else
		snprintf(buf, size, "%02zu.bpf", index + 1);
}

/* Marks the instructions that the labels in a line of text name. */
static void mark_labels(const char *text, bool *labelled, size_t len)
{
	for (const char *at = text; (at = strstr(at, " L")); at += 2) {
		char *end;
		unsigned long pc = strtoul(at + 2, &end, 10);
		if (end > at + 2 && (*end == ',' || !*end) && pc < len)
			labelled[pc] = true;
	}
}

/* What a name stands for, where the line shows one: the offset, the number, the value. */
static void format_raw(const struct sock_filter *insn, const char *text, const char *numeric, char *buf,
		       size_t size)
{
	if (!strcmp(text, numeric))
		buf[0] = '\0';
	else if (BPF_CLASS(insn->code) == BPF_LD)
		snprintf(buf, size, "  [%u]", insn->k);
	else if (BPF_CLASS(insn->code) == BPF_RET)
		snprintf(buf, size, "  0x%08x", insn->k);
	else
		snprintf(buf, size, insn->k < 0x10000 ? "  %u" : "  0x%x", insn->k);
}

struct lister {
	const struct program *program;
	struct vd_disasm_opts opts;
	bool *labelled;
};

static void write_line(FILE *out, const struct lister *lister, size_t pc)
{
	const struct program *program = lister->program;
	struct vd_disasm_opts numeric_opts = { .numeric = true, .big_endian = lister->opts.big_endian };
	char label[24] = "", text[LINE_MAX_], numeric[LINE_MAX_], raw[32];

	vd_disasm(program->insns, program->len, pc, &lister->opts, text, sizeof(text));
	vd_disasm(program->insns, program->len, pc, &numeric_opts, numeric, sizeof(numeric));
	format_raw(&program->insns[pc], text, numeric, raw, sizeof(raw));
	if (lister->labelled[pc])
		snprintf(label, sizeof(label), "L%zu:", pc);
	fprintf(out, "%-8s%-*s ; %4zu%s\n", label, TEXT_COLUMNS - 1, text, pc, raw);
}

static void write_head(FILE *out, const struct program *program, const struct vd_error *error,
		       const struct listing_opts *opts)
{
	char name[256], text[256];

	if (opts->titled && !opts->numeric) {
		listing_name(program, opts->index, name, sizeof(name));
		fprintf(out, ".program \"%s\"\n", name);
	}
	/* A path may hold a newline, which would end the comment. */
	fputs("; ", out);
	for (const char *c = program->path; *c; c++)
		fputc((unsigned char)*c < 0x20 ? '?' : *c, out);
	fprintf(out, ": %zu instruction%s\n", program->len, program->len == 1 ? "" : "s");
	if (error) {
		vd_error_format(error, text, sizeof(text));
		fprintf(out, "; the kernel refuses it: %s\n", text);
	}
	if (opts->big_endian && !opts->numeric)
		fputs(".byteorder big\n", out);
}

static int write_asm(FILE *out, const struct program *program, const struct listing_opts *opts,
		     struct diags *diags)
{
	struct lister lister = { .program = program, .opts = { opts->numeric, opts->big_endian, NULL } };
	struct vd_fact *facts = calloc(program->len, sizeof(*facts));
	struct vd_prog *prog = NULL;
	struct vd_error error;
	int r = -1;

	lister.labelled = calloc(program->len, sizeof(*lister.labelled));
	if (!lister.labelled || !facts) {
		diag_file_error(diags, program->path, "out of memory");
		goto out;
	}
	if (vd_prog_new(program->insns, program->len, &prog, &error) == 0) {
		vd_prog_facts(prog, facts);
		lister.opts.facts = facts;
	}
	for (size_t pc = 0; pc < program->len; pc++) {
		char text[LINE_MAX_];
		vd_disasm(program->insns, program->len, pc, &lister.opts, text, sizeof(text));
		mark_labels(text, lister.labelled, program->len);
	}
	write_head(out, program, prog ? NULL : &error, opts);
	for (size_t pc = 0; pc < program->len; pc++)
		write_line(out, &lister, pc);
	r = 0;
out:
	vd_prog_free(prog);
	free(facts);
	free(lister.labelled);
	return r;
}

static void write_c(FILE *out, const struct program *program)
{
	fprintf(out, "/* ");
	for (const char *c = program->path; *c; c++)
		fputc((unsigned char)*c < 0x20 || (*c == '*' && c[1] == '/') ? '?' : *c, out);
	fprintf(out, ": %zu instruction%s */\n", program->len, program->len == 1 ? "" : "s");
	for (size_t i = 0; i < program->len; i++) {
		const struct sock_filter *insn = &program->insns[i];
		fprintf(out, "{ 0x%02x, %u, %u, 0x%08x },\n", insn->code, insn->jt, insn->jf, insn->k);
	}
}

static void encode(const struct sock_filter *insn, unsigned char *bytes)
{
	bytes[0] = (unsigned char)insn->code;
	bytes[1] = (unsigned char)(insn->code >> 8);
	bytes[2] = insn->jt;
	bytes[3] = insn->jf;
	for (int i = 0; i < 4; i++)
		bytes[4 + i] = (unsigned char)(insn->k >> 8 * i);
}

static void write_bytes(FILE *out, const struct program *program, bool hex)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < program->len; i++) {
		encode(&program->insns[i], bytes);
		if (!hex)
			fwrite(bytes, 1, sizeof(bytes), out);
		for (size_t j = 0; hex && j < sizeof(bytes); j++)
			fprintf(out, "%02x%s", bytes[j], j + 1 < sizeof(bytes) ? "" : "\n");
	}
}

int listing_write(FILE *out, const struct program *program, const struct listing_opts *opts,
		  struct diags *diags)
{
	switch (opts->format) {
	case LISTING_ASM:
		return write_asm(out, program, opts, diags);
	case LISTING_C:
		write_c(out, program);
		return 0;
	case LISTING_HEX:
	case LISTING_RAW:
		write_bytes(out, program, opts->format == LISTING_HEX);
		return 0;
	}
	return 0;
}

int listing_print(const struct source_list *sources, const struct listing_opts *opts, struct diags *diags)
{
	struct listing_opts each = *opts;
	const struct program *program;
	int r = 0;

	each.titled = source_list_program(sources, 1) != NULL;
	for (size_t i = 0; (program = source_list_program(sources, i)); i++) {
		each.index = i;
		if (i && opts->format != LISTING_RAW)
			putchar('\n');
		if (listing_write(stdout, program, &each, diags) < 0)
			r = -1;
	}
	return r;
}
