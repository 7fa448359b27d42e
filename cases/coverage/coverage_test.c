/* SPDX-License-Identifier: MIT */
/* Coverage by case files, against running every record of their sets. */
#include "cases/coverage/coverage.h"
#include "cases/testing.h"
#include "vm/random.h"

#include <unistd.h>

static char folder[] = "/tmp/verdict-coverage-XXXXXX";

static void write_file(const char *name, const void *data, size_t len)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static void remove_file(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

/* The coverage by all cases of a text, on some threads. */
struct opened {
	struct case_files files;
	struct coverage coverage;
};

static void open_text(struct opened *opened, const char *text, unsigned jobs)
{
	char path[64];
	const char *paths[] = { path };
	const struct test_case *cases[64];

	snprintf(path, sizeof(path), "%s/t.yaml", folder);
	write_file("t.yaml", text, strlen(text));
	case_files_read(&opened->files, paths, 1, 1);
	const struct case_file *file = opened->files.files[0];
	char *said = printed(&file->diags);
	ck_assert_msg(!file->invalid, "%s", said);
	free(said);
	ck_assert_uint_le(file->n, COUNT_OF(cases));
	for (size_t i = 0; i < file->n; i++)
		cases[i] = &file->cases[i];
	coverage_init(&opened->coverage, cases, file->n, NULL, jobs);
}

static void close_text(struct opened *opened)
{
	coverage_done(&opened->coverage);
	case_files_done(&opened->files);
	remove_file("t.yaml");
}

/* ------------------------------------------------------------------ */
/* Random programs, random sets                                       */

/* A case over words below 8; the records that it means. */
struct small_case {
	unsigned nr_max, arch_first, arch_max, arg;
	bool any_arg, where, big_endian, same;
};

static void random_case(struct vd_random *random, struct small_case *c)
{
	c->nr_max = vd_random_below(random, 8);
	c->arch_first = vd_random_below(random, 8);
	c->arch_max = c->arch_first + vd_random_below(random, 8 - c->arch_first);
	c->arg = vd_random_below(random, 8);
	c->any_arg = vd_random_below(random, 2);
	c->where = vd_random_below(random, 3) == 0;
	c->big_endian = vd_random_below(random, 3) == 0;
	c->same = vd_random_below(random, 4) == 0;
}

/* It means some record, and none of an ABI that has a byte order of its own (m68k's word is 4). */
static bool is_usable(const struct small_case *c)
{
	return (!c->where || c->nr_max || c->any_arg) && vd_abi_of(c->arch_first, 0) == VD_ABI_NONE &&
	       vd_abi_of(c->arch_max, 0) == VD_ABI_NONE;
}

static size_t put_case(char *buf, size_t size, const struct small_case *c)
{
	char args[32];

	snprintf(args, sizeof(args), c->any_arg ? "0..7" : "%u", c->arg);
	return (size_t)snprintf(buf, size,
				"  - {byte_order: %s, arch: [%u, %u], syscall: 0..%u, args: [%s, 0, 0, 0, 0, "
				"0], ip: 0%s, %s}\n",
				c->big_endian ? "big" : "little", c->arch_first, c->arch_max, c->nr_max, args,
				c->where ? ", where: \"arg0 != u64(nr)\"" : "",
				c->same ? "same_as: f, except: {syscall: 0}" : "expect: ALLOW");
}

/* Marks what the records of a case come by. */
static void run_case(const struct small_case *c, const struct vd_prog *prog, bool *marks)
{
	for (unsigned nr = 0; nr <= c->nr_max; nr++)
		for (unsigned arg = c->any_arg ? 0 : c->arg; arg <= (c->any_arg ? 7 : c->arg); arg++)
			for (unsigned i = 0; i < 2; i++) {
				struct seccomp_data data = { .nr = (int)nr,
							     .arch = i ? c->arch_max : c->arch_first,
							     .args = { arg } };
				if ((!c->where || arg != nr) && (!c->same || nr))
					vd_prog_mark(prog, c->big_endian, &data, marks);
			}
}

START_TEST(against_brute_force)
{
	struct vd_random random = { .state = 40 + (uint64_t)_i };
	size_t covered = 0;

	for (unsigned round = 0; round < 60; round++) {
		struct sock_filter insns[30];
		struct small_case cases[4];
		uint32_t counts[VD_POINTS * 30] = { 0 };
		struct vd_prog *prog;
		struct opened opened;
		char text[2048];
		size_t len = vd_random_prog(&random, 30, 0, insns), at;

		write_file("f.bpf", insns, len * sizeof(*insns));
		ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
		at = (size_t)snprintf(text, sizeof(text), "version: 1\nfilters: {f: f.bpf}\ncases:\n");
		for (size_t i = 0; i < COUNT_OF(cases); i++) {
			bool marks[VD_POINTS * 30] = { false };
			do
				random_case(&random, &cases[i]);
			while (!is_usable(&cases[i]));
			at += put_case(text + at, sizeof(text) - at, &cases[i]);
			run_case(&cases[i], prog, marks);
			for (size_t p = 0; p < VD_POINTS * len; p++)
				counts[p] += marks[p];
		}
		open_text(&opened, text, 1 + round % 2);
		ck_assert_uint_eq(opened.coverage.n, 1);
		for (size_t p = 0; p < VD_POINTS * len && !opened.coverage.sampled; p++)
			ck_assert_msg(opened.coverage.filters[0].cases[p] == counts[p],
				      "round %u point %zu: %u, not %u\n%s", round, p,
				      opened.coverage.filters[0].cases[p], counts[p], text);
		ck_assert_uint_lt(opened.coverage.sampled, 2);
		for (size_t p = 0; p < VD_POINTS * len; p++)
			covered += counts[p] > 0;
		close_text(&opened);
		vd_prog_free(prog);
	}
	remove_file("f.bpf");
	ck_assert_uint_gt(covered, 500);
}
END_TEST

/* ------------------------------------------------------------------ */
/* What counts                                                        */

#define HEAD                                                                        \
	"version: 1\nfilters:\n"                                                    \
	"  f: {asm: \"ld [0]\\njeq #1, a, b\\nb: jeq #1, a, c\\nc: jeq #2, a, d\\n" \
	"d: ret #ALLOW\\na: ret #ERRNO(1)\"}\n"                                     \
	"  g: {asm: \"ld [0]\\njeq #7, a, b\\na: ret #ALLOW\\nb: ret #LOG\"}\n"     \
	"stack: [f]\ncases:\n"

static const struct {
	const char *cases;
	size_t f_covered, g_covered; /* edges of 5 and 2 */
} rows[] = {
	{ "  - {syscall: 1, expect: ERRNO}\n", 1, 0 },
	{ "  - {syscall: 1, expect: ALLOW}\n", 1, 0 }, /* it fails, and has said something all the same */
	{ "  - {syscall: 1, expect: ALLOW, todo: later}\n", 1, 0 },
	{ "  - {syscall: 1, expect: ERRNO, skip: not now}\n", 0, 0 },
	{ "  - {syscall: 1, limits: {insns: 9}}\n", 1, 0 },
	{ "  - {install: {filter: f, expect: accepted}}\n", 0, 0 },
	{ "  - {syscall: any, expect: denied}\n", 5, 0 },
	{ "  - {syscall: {not: [1]}, expect: denied}\n", 4, 0 },
	{ "  - {syscall: 1, stack: [g, f, g], expect: ERRNO}\n", 1, 1 },
	{ "  - {syscall: any, stack: [f], same_as: [g]}\n", 5, 2 },
	{ "  - {syscall: any, stack: [f], same_as: [g], except: {syscall: [1, 7]}}\n", 4, 1 },
	{ "  - {arch: [s390x, x86_64], syscall: 2, expect: ERRNO}\n", 3, 0 },
	{ "  - {arch: [0x80000016, 7], syscall: [1, 2], expect: ERRNO}\n  - {syscall: 3, expect: ALLOW}\n", 5,
	  0 },
};

START_TEST(what_counts)
{
	size_t covered[2] = { 0 };
	struct opened opened;
	char text[1024];

	snprintf(text, sizeof(text), "%s%s", HEAD, rows[_i].cases);
	open_text(&opened, text, 1);
	for (size_t i = 0; i < opened.coverage.n; i++) {
		const struct cover_filter *filter = &opened.coverage.filters[i];
		struct cover_counts counts = cover_count(filter, filter->cases);
		bool is_g = !strcmp(filter->name, "g");
		ck_assert_uint_eq(counts.edges, is_g ? 2 : 5);
		ck_assert_uint_eq(counts.infeasible, is_g ? 0 : 1);
		ck_assert_uint_eq(counts.unknown, 0);
		covered[is_g] = counts.covered;
	}
	ck_assert_msg(covered[0] == rows[_i].f_covered && covered[1] == rows[_i].g_covered, "%s: %zu and %zu",
		      rows[_i].cases, covered[0], covered[1]);
	close_text(&opened);
}
END_TEST

/* The record for an uncovered edge takes it, in the byte order of its ABI. */
START_TEST(records_for_uncovered_edges)
{
	static const char text[] = "version: 1\nfilters:\n  f: {asm: \"ld [4]\\njeq #0x80000016, s, o\\ns: "
				   "ld [16]\\njeq #5, a, o\\n"
				   "a: ld [20]\\njeq #6, b, o\\nb: ret #ERRNO(1)\\no: ret #ALLOW\"}\n"
				   "cases:\n  - {syscall: 1, expect: ALLOW}\n";
	struct seccomp_data record;
	struct opened opened;

	open_text(&opened, text, 1);
	const struct cover_filter *filter = &opened.coverage.filters[0];
	ck_assert(cover_record(filter, 5, VD_EDGE_TRUE, &record));
	ck_assert_uint_eq(record.arch, 0x80000016); /* s390x: the high half comes first */
	ck_assert_uint_eq(record.args[0], 0x500000006);
	ck_assert(!cover_record(filter, 0, VD_EDGE_TRUE, &record));
	close_text(&opened);
}
END_TEST

/* Too hard for the prover: what is run is covered, the rest is told to be unknown. */
START_TEST(hard_filters)
{
	char text[8192];
	struct opened opened;
	size_t at = (size_t)snprintf(text, sizeof(text), "version: 1\nfilters:\n  f: {asm: \"ld [16]\\n");

	for (unsigned i = 0; i < 40; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "st M[0]\\nld [%u]\\ntax\\nld M[0]\\nmul x\\nadd x\\n",
				       16 + 4 * (i * 5 % 12));
	snprintf(text + at, sizeof(text) - at,
		 "jeq #0xdeadbeef, a, b\\na: ret #ERRNO(1)\\nb: ret #ALLOW\"}\ncases:\n  - {syscall: any, "
		 "expect: ALLOW}\n");
	open_text(&opened, text, 1);
	struct cover_counts counts = cover_count(&opened.coverage.filters[0],
						 opened.coverage.filters[0].cases);
	ck_assert_uint_eq(opened.coverage.sampled, 1);
	ck_assert_uint_eq(counts.edges, 2);
	ck_assert_uint_eq(counts.covered, 1);
	ck_assert_uint_eq(counts.unknown, 1);
	ck_assert_uint_eq(counts.infeasible, 0);
	close_text(&opened);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, against_brute_force, 0, 3);
	tcase_add_loop_test(tc, what_counts, 0, COUNT_OF(rows));
	tcase_add_test(tc, records_for_uncovered_edges);
	tcase_add_test(tc, hard_filters);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	int r = run_suite("coverage", add);
	rmdir(folder);
	return r;
}
