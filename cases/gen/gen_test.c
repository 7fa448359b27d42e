/* SPDX-License-Identifier: MIT */
/*
 * Files that `gen` writes: they pass, they take every edge by an independent
 * count, and they fail when the filter has changed.
 */
#include "cases/file.h"
#include "cases/gen/gen.h"
#include "cases/testing.h"
#include "vm/random.h"

#include <glob.h>
#include <unistd.h>

static char folder[] = "/tmp/verdict-gen-XXXXXX";

static const char *in_folder(const char *name)
{
	static char paths[4][64];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

/* The stack of a source, written as a case file. Returns how many edges are said to be taken. */
static size_t generate(const char *spec, size_t *ret_records, size_t *ret_bound)
{
	struct gen gen = { .n = 0 };
	struct diags diags;
	FILE *out = fopen(in_folder("t.yaml"), "w");

	diags_init(&diags);
	arena_init(&gen.arena);
	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(source_list_add(&gen.sources, spec, &diags), 0);
	ck_assert_int_eq(source_list_stack(&gen.sources, &diags, &gen.stack), 0);
	ck_assert_int_eq(gen_find(&gen, 600000), 0);
	gen_name_sources(&gen, in_folder("t.yaml"), false);
	ck_assert_int_eq(gen_write(&gen, NULL, out, &diags), 0);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_eq(gen.unknown, 0);
	ck_assert_uint_eq(diags.n, 0);
	*ret_records = gen.n;
	*ret_bound = vd_cover_bound(gen.cover);
	size_t edges = gen.edges;
	vd_cover_free(gen.cover);
	filter_stack_done(&gen.stack);
	source_list_done(&gen.sources);
	arena_done(&gen.arena);
	diags_done(&diags);
	return edges;
}

/* ------------------------------------------------------------------ */
/* A count of its own: from one executed instruction to the next       */

struct counter {
	const struct vd_stack *stack;
	bool *taken; /* [filter * 4096 + pc][target is not the next instruction] */
	int filter;
	unsigned pc;
	size_t edges;
};

static void count_step(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	struct counter *counter = userdata;

	(void)a, (void)x;
	if (pc && filter == counter->filter) {
		const struct sock_filter *insn = &vd_prog_insns(
			vd_stack_prog(counter->stack, (size_t)filter))[counter->pc];
		bool branches = BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) != BPF_JA &&
				insn->jt != insn->jf;
		bool *taken = &counter->taken[2 * ((size_t)filter * 4096 + counter->pc) +
					      (pc == counter->pc + 1u + insn->jt)];
		counter->edges += branches && !*taken;
		*taken |= branches;
	}
	counter->filter = filter;
	counter->pc = pc;
}

/* The edges that the file's records take; every claim holds. */
static size_t count_edges(const struct case_file *file, size_t *ret_cases)
{
	struct counter counter = { .stack = file->cases[0].claim.stack->stacks[0].stack };

	counter.taken = calloc(2 * 4096 * (vd_stack_len(counter.stack) + 1), sizeof(bool));
	for (size_t i = 0; i < file->n; i++) {
		const struct claim *claim = &file->cases[i].claim;
		struct answer answer;
		if (file->cases[i].covers)
			continue;
		claim_decide(claim, &answer);
		ck_assert_msg(answer.holds && answer.basis != BASIS_SAMPLED, "%s", file->cases[i].name);
		++*ret_cases;
		for (size_t b = 0; b < claim->n; b++) {
			struct claim_records records;
			ck_assert(claim_runs(claim, &claim->boxes[b], 4096, false, &records));
			for (size_t r = 0; r < records.n; r++) {
				counter.filter = -1;
				counter.stack = claim->stack->stacks[claim->boxes[b].big_endian].stack;
				vd_stack_trace(counter.stack, &records.items[r], count_step, &counter);
			}
			free(records.items);
		}
	}
	free(counter.taken);
	return counter.edges;
}

static void open_file(struct case_files *files)
{
	const char *path = in_folder("t.yaml");

	case_files_read(files, &path, 1, 1);
	char *said = printed(&files->files[0]->diags);
	ck_assert_msg(!files->files[0]->invalid, "%s", said);
	free(said);
}

START_TEST(corpus)
{
	size_t records, bound, cases = 0;
	glob_t folders;

	/* tests run from the project's root */
	ck_assert_int_eq(glob("cases/suite/corpus/*/", 0, NULL, &folders), 0);
	ck_assert_uint_gt(folders.gl_pathc, 30);
	for (size_t i = 0; i < folders.gl_pathc; i++) {
		struct case_files files;
		size_t edges = generate(folders.gl_pathv[i], &records, &bound);
		ck_assert_msg(records == bound, "%s: %zu records, %zu needed", folders.gl_pathv[i], records,
			      bound);
		open_file(&files);
		ck_assert_uint_eq(count_edges(files.files[0], &cases), edges);
		case_files_done(&files);
	}
	ck_assert_uint_gt(cases, 300);
	globfree(&folders);
	unlink(in_folder("t.yaml"));
}
END_TEST

/* ------------------------------------------------------------------ */
/* Changed filters                                                    */

static void write_program(const struct sock_filter *insns, size_t len)
{
	FILE *file = fopen(in_folder("f.bpf"), "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(insns, sizeof(*insns), len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static bool file_holds(void)
{
	struct case_files files;
	bool holds = true;

	open_file(&files);
	for (size_t i = 0; i < files.files[0]->n; i++) {
		struct answer answer = { .holds = true };
		if (!files.files[0]->cases[i].covers)
			claim_decide(&files.files[0]->cases[i].claim, &answer);
		holds &= answer.holds;
	}
	case_files_done(&files);
	return holds;
}

static bool decides_the_same(const struct sock_filter *a, const struct sock_filter *b, size_t len)
{
	const struct sock_filter *programs[] = { a, b };
	struct vd_stack *stacks[2];
	struct vd_witness witness;
	enum vd_answer answer;

	for (size_t i = 0; i < 2; i++) {
		struct vd_prog *prog;
		ck_assert_int_eq(vd_stack_new(&stacks[i]), 0);
		ck_assert_int_eq(vd_prog_new(programs[i], len, &prog, NULL), 0);
		ck_assert_int_eq(vd_stack_push(stacks[i], prog), 0);
		vd_prog_free(prog);
	}
	ck_assert_int_eq(vd_prove_equal(stacks[0], stacks[1], NULL, false, NULL, &answer, &witness), 0);
	for (size_t i = 0; i < 2; i++)
		vd_stack_free(stacks[i]);
	return answer == VD_ANSWER_PROVED;
}

/* Another result, or the ways out of a jump exchanged: each edge that is taken notices. */
START_TEST(changes_are_noticed)
{
	static struct sock_filter insns[4096], changed[4096];
	FILE *file = fopen("cases/suite/corpus/sshd/01.bpf", "rb");
	size_t records, bound, noticed = 0, missed = 0;

	ck_assert_ptr_nonnull(file);
	size_t len = fread(insns, sizeof(*insns), 4096, file);
	fclose(file);
	write_program(insns, len);
	generate(in_folder("f.bpf"), &records, &bound);
	ck_assert(file_holds());
	for (size_t pc = 0; pc < len; pc++) {
		memcpy(changed, insns, len * sizeof(*insns));
		if (insns[pc].code == 0x06)
			changed[pc].k = 0x00050007;
		else if (insns[pc].jt == insns[pc].jf)
			continue;
		else
			changed[pc].jt = insns[pc].jf, changed[pc].jf = insns[pc].jt;
		if (decides_the_same(insns, changed, len))
			continue;
		write_program(changed, len);
		*(file_holds() ? &missed : &noticed) += 1;
	}
	ck_assert_uint_gt(noticed, 80);
	ck_assert_uint_eq(missed, 0);
	unlink(in_folder("f.bpf"));
	unlink(in_folder("t.yaml"));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, corpus);
	tcase_add_test(tc, changes_are_noticed);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	int r = run_suite("gen", add);
	rmdir(folder);
	return r;
}
