/* SPDX-License-Identifier: MIT */
/* Random programs of symbols against what the assembler makes of them. */
#include "loader/asm/asm.h"
#include "loader/testing.h"

/* A random program of symbols: what it does is known without an assembler. */
struct symbolic {
	enum { BRANCH, JUMP, RETURN, XOR } kind;
	unsigned op; /* of BRANCH: jeq jgt jge jset jne jlt jle */
	uint32_t k;
	int to_true, to_false; /* to_false -1: the next */
};

static const char *const ops[] = { "jeq", "jgt", "jge", "jset", "jne", "jlt", "jle" };

static bool holds(unsigned op, uint32_t a, uint32_t k)
{
	const bool values[] = { a == k, a > k, a >= k, (a & k) != 0, a != k, a < k, a <= k };

	return values[op];
}

static void make_random(struct symbolic *insns, int n, struct vd_random *random)
{
	for (int i = 0; i < n; i++) {
		struct symbolic *insn = &insns[i];
		unsigned pick = next_random(random) % 100;
		int left = n - i - 1;
		insn->kind = i == n - 1 || pick < 1 ? RETURN : pick < 4 ? JUMP : pick < 15 ? XOR : BRANCH;
		insn->op = next_random(random) % 7;
		/* every RET gives another value */
		insn->k = insn->kind == RETURN ? (uint32_t)i : next_random(random) % 16;
		if (insn->kind == BRANCH || insn->kind == JUMP) {
			/* about as far as a branch reaches, near, or anywhere */
			unsigned how = next_random(random) % 8;
			int far = how < 4   ? 245 + (int)(next_random(random) % 14)
				  : how < 7 ? (int)(next_random(random) % 4)
					    : (int)(next_random(random) % (unsigned)left);
			insn->to_true = i + 1 + (far < left ? far : left - 1);
			insn->to_false = -1;
			if (next_random(random) % 2)
				insn->to_false = i + 1 +
						 (int)(next_random(random) %
						       (left < 260 ? (unsigned)left : 260u));
		}
	}
}

static char *write_random(const struct symbolic *insns, int n)
{
	char *text = malloc((size_t)n * 64), *at = text;

	for (int i = 0; i < n; i++) {
		const struct symbolic *insn = &insns[i];
		at += sprintf(at, "L%d: ", i);
		if (insn->kind == RETURN)
			at += sprintf(at, "ret #%u\n", insn->k);
		else if (insn->kind == XOR)
			at += sprintf(at, "xor #%u\n", insn->k);
		else if (insn->kind == JUMP)
			at += sprintf(at, "ja L%d\n", insn->to_true);
		else if (insn->to_false < 0)
			at += sprintf(at, "%s #%u, L%d\n", ops[insn->op], insn->k, insn->to_true);
		else
			at += sprintf(at, "%s #%u, L%d, L%d\n", ops[insn->op], insn->k, insn->to_true,
				      insn->to_false);
	}
	return text;
}

static uint32_t run_random(const struct symbolic *insns, uint32_t a)
{
	for (int i = 0;;) {
		const struct symbolic *insn = &insns[i];
		if (insn->kind == RETURN)
			return insn->k;
		if (insn->kind == XOR) {
			a ^= insn->k;
			i++;
		} else if (insn->kind == JUMP || holds(insn->op, a, insn->k)) {
			i = insn->to_true;
		} else {
			i = insn->to_false < 0 ? i + 1 : insn->to_false;
		}
	}
}

/* Where one ends up from an instruction when only jumps are followed. */
static int through_jumps(const struct symbolic *insns, int i)
{
	while (insns[i].kind == JUMP)
		i = insns[i].to_true;
	return i;
}

static size_t through_ja(const struct sock_filter *insns, size_t pc)
{
	while (insns[pc].code == (BPF_JMP | BPF_JA))
		pc += 1 + insns[pc].k;
	return pc;
}

/*
 * Follows all ways of the two programs at once: at[i] is the instruction that
 * symbol i is, 0: not yet known. Symbols are visited in order, as jumps only go
 * forward.
 */
static void assert_same_graph(const struct symbolic *symbols, int n, const struct sock_filter *insns,
			      size_t first)
{
	size_t *at = calloc((size_t)n, sizeof(*at));

	at[through_jumps(symbols, 0)] = through_ja(insns, first);
	for (int i = 0; i < n; i++) {
		const struct symbolic *symbol = &symbols[i];
		const struct sock_filter *insn = &insns[at[i]];
		if (!at[i])
			continue;
		ck_assert_uint_eq(insn->k, symbol->k);
		if (symbol->kind == RETURN) {
			ck_assert_uint_eq(insn->code, BPF_RET | BPF_K);
			continue;
		}
		bool negated = symbol->kind == BRANCH && symbol->op >= 4;
		size_t yes = at[i] + 1 + (symbol->kind != BRANCH ? 0 : negated ? insn->jf : insn->jt);
		size_t no = at[i] + 1 + (symbol->kind != BRANCH ? 0 : negated ? insn->jt : insn->jf);
		int to_true = symbol->kind == BRANCH ? symbol->to_true : i + 1;
		int to_false = symbol->kind == BRANCH && symbol->to_false >= 0 ? symbol->to_false : i + 1;
		const int symbols_to[] = { through_jumps(symbols, to_true),
					   through_jumps(symbols, to_false) };
		const size_t insns_to[] = { through_ja(insns, yes), through_ja(insns, no) };
		for (int j = 0; j < 2; j++) {
			size_t *known = &at[symbols_to[j]];
			ck_assert_msg(!*known || *known == insns_to[j], "from %d to %d: %zu, %zu", i,
				      symbols_to[j], *known, insns_to[j]);
			*known = insns_to[j];
		}
	}
	free(at);
}

START_TEST(far_jumps_keep_their_meaning)
{
	struct vd_random random = { 0x1234567 + (uint64_t)_i };
	int n = 300 + (int)(next_random(&random) % 900);
	struct symbolic *insns = calloc((size_t)n, sizeof(*insns));
	struct asm_program *got;
	struct vd_prog *prog;
	struct vd_error error;
	struct diags diags;
	size_t got_n;

	diags_init(&diags);
	make_random(insns, n, &random);
	char *text = write_random(insns, n), *with_load;
	ck_assert_int_gt(asprintf(&with_load, "ld [0]\n%s", text), 0);
	struct text content = text_of(with_load);
	ck_assert_int_eq(asm_assemble(&content, &diags, &got, &got_n), 0);
	text_done(&content);
	ck_assert_uint_gt(got[0].len, (size_t)n + 1);
	int r = vd_prog_new(got[0].insns, got[0].len, &prog, &error);
	if (r < 0) {
		char why[256];
		vd_error_format(&error, why, sizeof(why));
		ck_abort_msg("%s", why);
	}
	for (int i = 0; i < 300; i++) {
		struct seccomp_data data = { .nr = i < 40 ? i : (int)next_random(&random) };
		ck_assert_uint_eq(vd_prog_run(prog, &data), run_random(insns, (uint32_t)data.nr));
	}
	assert_same_graph(insns, n, got[0].insns, 1);
	vd_prog_free(prog);
	free(with_load);
	free(text);
	free(insns);
	asm_programs_done(got, got_n);
	diags_done(&diags);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, far_jumps_keep_their_meaning, 0, 100);
}

int main(void)
{
	return run_suite("far jumps", add);
}
