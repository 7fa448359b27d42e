/* SPDX-License-Identifier: MIT */
/* The file, for people to read and to change. */
#include "cases/gen/gen.h"
#include "loader/source/listing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 96
#define CALLS_NAMED 4 /* in the name of a case */
#define EDGES_NAMED 4 /* of one filter, in a comment */
#define FILTERS_NAMED 3
#define TEXT 512

struct writer {
	struct gen *gen;
	FILE *out;
	struct diags *diags;
	bool *covered; /* points that cases so far come by, of all filters one after the other */
	size_t *base;
};

/* A text that YAML takes as it is. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void put_value(FILE *out, uint64_t value)
{
	fprintf(out, value < 1000 ? "%" PRIu64 : "0x%" PRIx64, value);
}

/* ------------------------------------------------------------- filters -- */

/* Text that begins deeper inside the file. */
static int put_indented(struct writer *writer, const struct source *source)
{
	const struct listing_opts plain = { .format = LISTING_ASM, .titled = source->n > 1 };
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int r = 0;

	if (!memory)
		out_of_memory();
	for (size_t i = 0; i < source->n && r == 0; i++) {
		struct listing_opts opts = plain;
		opts.index = i;
		r = listing_write(memory, &source->programs[i], &opts, writer->diags);
	}
	if (fclose(memory))
		out_of_memory();
	for (char *line = text, *end; r == 0 && *line; line = end) {
		end = line + strcspn(line, "\n");
		fprintf(writer->out, "      %.*s\n", (int)(end - line), line);
		end += *end == '\n';
	}
	free(text);
	return r;
}

static int put_source(struct writer *writer, size_t i)
{
	struct gen *gen = writer->gen;

	for (size_t j = 0; j < i; j++)
		if (!strcmp(gen->names[j], gen->names[i]))
			return 0;
	fprintf(writer->out, "  %s: ", gen->names[i]);
	if (gen->specs[i]) {
		put_quoted(writer->out, gen->specs[i]);
		fputc('\n', writer->out);
		return 0;
	}
	fputs("\n    asm: |\n", writer->out);
	return put_indented(writer, &gen->sources.items[i]);
}

static int put_filters(struct writer *writer)
{
	struct gen *gen = writer->gen;
	int r = 0;

	fputs("filters:\n", writer->out);
	for (size_t i = 0; i < gen->sources.n && r == 0; i++)
		r = put_source(writer, i);
	fputs("stack: [", writer->out);
	for (size_t i = 0; i < gen->sources.n; i++)
		fprintf(writer->out, "%s%s", i ? ", " : "", gen->names[i]);
	fputs("]\n", writer->out);
	return r;
}

/* ---------------------------------------------------------------- cases -- */

static void put_name(const struct writer *writer, const struct gen_case *one)
{
	const struct gen_record *record = &writer->gen->records[one->first];
	char text[TEXT], arch[32], call[32], more[TEXT / 2];
	size_t at = (size_t)snprintf(text, sizeof(text), "%s", gen_arch_of(record, arch, sizeof(arch)));
	size_t named = one->n <= CALLS_NAMED + 1 ? one->n : CALLS_NAMED;

	if (!record->read[GEN_NR])
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s",
				       strcmp(arch, "any") && record->read[GEN_ARCH] ? " any call"
										     : " arch, any call");
	for (size_t i = 0; record->read[GEN_NR] && i < named; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : " ",
				       gen_call_of(&record[i], call, sizeof(call)));
	if (one->n > named)
		at += (size_t)snprintf(text + at, sizeof(text) - at, " and %zu more", one->n - named);
	if (record->when)
		gen_name_condition(record, more, sizeof(more));
	else
		gen_list_values(record, more, sizeof(more));
	if (*more)
		snprintf(text + at, sizeof(text) - at, ", %s", more);
	fputs("  - name: ", writer->out);
	put_quoted(writer->out, text);
	fputc('\n', writer->out);
}

static void put_calls(const struct writer *writer, const struct gen_case *one)
{
	const struct gen_record *record = &writer->gen->records[one->first];
	size_t column = (size_t)fprintf(writer->out, "    syscall: %s", one->n > 1 ? "[" : "");
	char call[32];

	for (size_t i = 0; i < one->n; i++) {
		const char *name = gen_call_of(&record[i], call, sizeof(call));
		if (i && column + strlen(name) + 3 > COLUMNS) {
			fputs(",\n             ", writer->out);
			column = 13;
		} else if (i) {
			column += (size_t)fprintf(writer->out, ", ");
		}
		column += (size_t)fprintf(writer->out, "%s", name);
	}
	fprintf(writer->out, "%s\n", one->n > 1 ? "]" : "");
}

static void put_args(const struct writer *writer, const struct gen_record *record)
{
	const char *before = "    args: {";

	for (unsigned arg = 0; arg < 6; arg++) {
		const char *name = gen_arg_name(record, arg);
		if (!record->read[GEN_ARGS + arg])
			continue;
		if (name)
			fprintf(writer->out, "%s%s: ", before, name);
		else
			fprintf(writer->out, "%s%u: ", before, arg);
		put_value(writer->out, record->data.args[arg]);
		before = ", ";
	}
	if (*before == ',')
		fputs("}\n", writer->out);
	if (record->read[GEN_IP]) {
		fputs("    ip: ", writer->out);
		put_value(writer->out, record->data.instruction_pointer);
		fputc('\n', writer->out);
	}
}

/* Registers of this ABI do not hold such values; filters do not know that. */
static void put_wide(const struct writer *writer, const struct gen_record *record)
{
	fprintf(writer->out, "    arch: any\n");
	if (record->read[GEN_NR])
		fprintf(writer->out, "    syscall: %" PRIu32 "\n", (uint32_t)record->data.nr);
	fprintf(writer->out, "    where: \"arch == 0x%08" PRIx32, record->data.arch);
	for (unsigned field = GEN_IP; field < GEN_FIELDS; field++)
		if (record->read[field] && field == GEN_IP)
			fprintf(writer->out, " && ip == 0x%" PRIx64, gen_field_value(record, field));
		else if (record->read[field])
			fprintf(writer->out, " && arg%u == 0x%" PRIx64, field - GEN_ARGS,
				gen_field_value(record, field));
	fputs("\"\n", writer->out);
}

/* An action as text where that is all of it, else the value that the stack returns. */
static void format_verdict(uint32_t ret, char *buf, size_t size)
{
	if (vd_effective(ret) != ret)
		snprintf(buf, size, "0x%08" PRIx32, ret);
	else if (ret == SECCOMP_RET_TRAP)
		snprintf(buf, size, "TRAP(0)");
	else
		vd_action_format(ret, buf, size);
}

static void put_expect(const struct writer *writer, const struct gen_record *record)
{
	char verdict[64];

	format_verdict(record->verdict.ret, verdict, sizeof(verdict));
	if (writer->gen->stack.n == 1)
		fprintf(writer->out, "    expect: %s\n", verdict);
	else
		fprintf(writer->out, "    expect: {verdict: %s, by: \"%s\"}\n", verdict,
			record->verdict.filter < 0
				? "none"
				: gen_filter_name(writer->gen, (size_t)record->verdict.filter));
}

/* ------------------------------------------------------------- comments -- */

/* An edge that a case is the first to take. */
struct fresh {
	size_t pc, target;
};

/* Which edges of a filter the records of a case are the first to take. Returns how many. */
static size_t fresh_edges(struct writer *writer, const struct gen_case *one, size_t filter,
			  struct fresh *fresh)
{
	const struct gen *gen = writer->gen;
	const struct vd_prog *prog = vd_stack_prog(gen->stack.stack, filter);
	const struct sock_filter *insns = vd_prog_insns(prog);
	size_t n = 0;

	for (size_t pc = 0; pc < vd_prog_len(prog); pc++)
		for (enum vd_edge edge = VD_EDGE_TRUE; edge <= VD_EDGE_FALSE; edge++) {
			bool *covered =
				&writer->covered[writer->base[filter] + 2 * pc + (edge == VD_EDGE_TRUE)];
			bool taken = false;
			for (size_t i = one->first; i < one->first + one->n && !*covered && !taken; i++)
				taken = vd_cover_takes(gen->cover, gen->records[i].index, filter, pc, edge);
			if (!taken || *covered)
				continue;
			*covered = true;
			fresh[n++] = (struct fresh){
				pc, pc + 1 + (edge == VD_EDGE_TRUE ? insns[pc].jt : insns[pc].jf)
			};
		}
	return n;
}

/* "base 12 to L14, 13 to L15", or "97 edges of base, 18 to 199". */
static void put_fresh(const struct writer *writer, size_t filter, const struct fresh *fresh, size_t n)
{
	const char *name = gen_filter_name(writer->gen, filter);

	/* of one folder the number will do */
	if (writer->gen->sources.n == 1 && writer->gen->stack.n > 1)
		name = strrchr(name, '[');
	if (n > EDGES_NAMED) {
		fprintf(writer->out, "%zu edges of %s, %zu to %zu", n, name, fresh[0].pc, fresh[n - 1].pc);
		return;
	}
	fputs(name, writer->out);
	for (size_t i = 0; i < n; i++)
		fprintf(writer->out, "%s%zu to L%zu", i ? ", " : " ", fresh[i].pc, fresh[i].target);
}

static void put_covers(struct writer *writer, const struct gen_case *one, struct fresh *fresh)
{
	size_t filters = 0, others = 0;

	for (size_t f = 0; f < writer->gen->stack.n; f++) {
		size_t n = fresh_edges(writer, one, f, fresh);
		if (!n)
			continue;
		if (filters++ < FILTERS_NAMED) {
			fputs(filters == 1 ? "  # takes " : "; ", writer->out);
			put_fresh(writer, f, fresh, n);
		} else {
			others += n;
		}
	}
	if (others)
		fprintf(writer->out, "; %zu edges of %zu more filters", others, filters - FILTERS_NAMED);
	if (filters)
		fputc('\n', writer->out);
}

static void put_case(struct writer *writer, const struct gen_case *one, struct fresh *fresh)
{
	const struct gen_record *record = &writer->gen->records[one->first];
	char arch[32];

	put_covers(writer, one, fresh);
	put_name(writer, one);
	if (gen_is_too_wide(record)) {
		put_wide(writer, record);
	} else {
		if (strcmp(gen_arch_of(record, arch, sizeof(arch)), "x86_64"))
			fprintf(writer->out, "    arch: %s\n", gen_arch_of(record, arch, sizeof(arch)));
		if (record->read[GEN_NR])
			put_calls(writer, one);
		put_args(writer, record);
	}
	put_expect(writer, record);
}

/* ----------------------------------------------------------------- file -- */

static void put_unknown(const struct writer *writer)
{
	struct gen *gen = writer->gen;

	if (!gen->unknown)
		return;
	fputs("# It is not known whether a record takes these edges:\n", writer->out);
	for (size_t f = 0; f < gen->stack.n; f++) {
		const struct vd_prog *prog = vd_stack_prog(gen->stack.stack, f);
		const struct sock_filter *insns = vd_prog_insns(prog);
		for (size_t pc = 0; pc < vd_prog_len(prog); pc++)
			for (enum vd_edge edge = VD_EDGE_TRUE; edge <= VD_EDGE_FALSE; edge++)
				if (vd_prog_branches(prog, pc) &&
				    vd_cover_point(gen->cover, f, pc, edge) == VD_ANSWER_UNKNOWN)
					fprintf(writer->out, "#   %s %zu to L%zu\n", gen_filter_name(gen, f),
						pc,
						pc + 1 +
							(edge == VD_EDGE_TRUE ? insns[pc].jt : insns[pc].jf));
	}
}

/* "docker-1 as it is" */
static const char *what_it_is(struct gen *gen)
{
	const char *text = gen->names[0];

	for (size_t i = 1; i < gen->sources.n && i < FILTERS_NAMED; i++)
		text = arena_printf(&gen->arena, "%s, %s", text, gen->names[i]);
	return arena_printf(&gen->arena, "%s%s as it is", text,
			    gen->sources.n > FILTERS_NAMED ? ", ..." : "");
}

static void put_head(const struct writer *writer, const char *name)
{
	const struct gen *gen = writer->gen;
	char summary[TEXT];

	gen_summary(gen, "\n# ", summary, sizeof(summary));
	fprintf(writer->out,
		"# What these filters decide, edge by edge: written by 'verdict gen' from what they are.\n# "
		"%s\n",
		summary);
	fputs("# \"takes\" tells the edges that a case is the first to take, by instruction and target.\n",
	      writer->out);
	put_unknown(writer);
	fputs("version: 1\nname: ", writer->out);
	put_quoted(writer->out, name ? name : what_it_is(writer->gen));
	fputc('\n', writer->out);
}

static void put_limit(const struct writer *writer)
{
	const struct gen *gen = writer->gen;
	size_t all = gen->edges + gen->unknown, percent = all ? gen->edges * 100 / all : 100;

	if (percent)
		fprintf(writer->out, "limits: {coverage: %zu}\n", percent);
}

static int put_all(struct writer *writer, const char *name, struct fresh *fresh)
{
	struct gen *gen = writer->gen;
	int r;

	put_head(writer, name);
	r = put_filters(writer);
	put_limit(writer);
	fputs("cases:\n", writer->out);
	for (size_t i = 0; i < gen->n_cases && r == 0; i++)
		put_case(writer, &gen->cases[i], fresh);
	return r;
}

int gen_write(struct gen *gen, const char *name, FILE *out, struct diags *diags)
{
	struct writer writer = { .gen = gen, .out = out, .diags = diags };
	struct fresh *fresh;
	size_t longest = 0;
	int r;

	writer.base = calloc(gen->stack.n + 1, sizeof(*writer.base));
	if (!writer.base)
		out_of_memory();
	for (size_t f = 0; f < gen->stack.n; f++) {
		size_t len = vd_prog_len(vd_stack_prog(gen->stack.stack, f));
		writer.base[f + 1] = writer.base[f] + 2 * len;
		longest = len > longest ? len : longest;
	}
	writer.covered = calloc(writer.base[gen->stack.n] + 1, sizeof(*writer.covered));
	fresh = calloc(2 * longest + 1, sizeof(*fresh));
	if (!writer.covered || !fresh)
		out_of_memory();
	r = put_all(&writer, name, fresh);
	free(fresh);
	free(writer.covered);
	free(writer.base);
	return r;
}

void gen_summary(const struct gen *gen, const char *between, char *buf, size_t size)
{
	size_t n = gen->n, at;

	at = (size_t)snprintf(buf, size,
			      "%zu edge%s: %zu record%s in %zu case%s, at least %zu are needed (proved)",
			      gen->edges, gen->edges == 1 ? "" : "s", n, n == 1 ? "" : "s", gen->n_cases,
			      gen->n_cases == 1 ? "" : "s", vd_cover_bound(gen->cover));
	if (gen->never)
		at += (size_t)snprintf(buf + at, size - at, "%s%zu edge%s no record takes (proved)", between,
				       gen->never, gen->never == 1 ? "" : "s");
	if (gen->unknown)
		snprintf(buf + at, size - at, "%s%zu edge%s of which it is not known", between, gen->unknown,
			 gen->unknown == 1 ? "" : "s");
}
