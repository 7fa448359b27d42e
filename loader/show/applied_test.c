/* SPDX-License-Identifier: MIT */
/* Filters and rules made by hand that differ in one known way, and what is said of it. */
#include "loader/asm/asm.h"
#include "loader/call.h"
#include "loader/show/abis.h"
#include "loader/rules/pred.h"
#include "loader/show/applied.h"
#include "vm/testing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define X86_64 (1u << VD_ABI_X86_64)
#define I386 (1u << VD_ABI_I386)
#define ALLOW 0x7fff0000u
#define DENY 0x00050001u
#define LOG 0x7ffc0000u

/* A rule: up to two arguments must have these values. */
struct hand_rule {
	const char *call;
	uint32_t action;
	unsigned n, arg[2];
	uint64_t value[2];
};

struct hand_case {
	enum { RIGHT, ABSENT, WRONG } programs;
	const char *name, *filter;
	uint32_t abis, fallback;
	struct hand_rule rules[2];
	const char *wanted; /* a line for each rule and ABI */
};

static bool hand_matches(const struct policy *policy, size_t i, int abi, const struct seccomp_data *record)
{
	const struct hand_rule *rule = &((const struct hand_case *)policy->data)->rules[i];

	(void)abi;
	for (unsigned j = 0; j < rule->n; j++)
		if (record->args[rule->arg[j]] != rule->value[j])
			return false;
	return true;
}

static uint32_t hand_read(const struct policy *policy, const struct seccomp_data *record, int *ret_rule)
{
	int abi = vd_abi_of(record->arch, (uint32_t)record->nr);

	for (size_t i = 0; i < policy->n; i++) {
		const char *call = policy->rules[i].syscall;
		uint32_t nr;

		if (vd_syscall_number(abi, call, strlen(call), &nr) == 0 && nr == (uint32_t)record->nr &&
		    hand_matches(policy, i, abi, record)) {
			*ret_rule = (int)i;
			return policy->rules[i].action;
		}
	}
	*ret_rule = POLICY_DEFAULT;
	return ((const struct hand_case *)policy->data)->fallback;
}

static size_t hand_boundaries(const struct policy *policy, size_t i, int abi, unsigned arg,
			      uint64_t *ret_values, size_t max)
{
	const struct hand_rule *rule = &((const struct hand_case *)policy->data)->rules[i];
	size_t n = 0;

	(void)abi;
	for (unsigned j = 0; j < rule->n; j++) {
		const uint64_t values[] = { rule->value[j], rule->value[j] + 1, rule->value[j] | 1ull << 32 };

		for (size_t v = 0; v < COUNT_OF(values) && rule->arg[j] == arg; v++) {
			if (n < max)
				ret_values[n] = values[v];
			n++;
		}
	}
	return n;
}

static int hand_program(const struct policy *policy, size_t i, int abi, bool big_endian,
			struct vd_prog **ret_prog)
{
	const struct hand_case *c = policy->data;
	const struct hand_rule *rule = &c->rules[i];
	char text[80] = "1";
	size_t n = 0;

	(void)abi;
	for (unsigned j = 0; j < rule->n; j++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%sarg%u == %" PRIu64, j ? " && " : "",
				      rule->arg[j], rule->value[j] + (c->programs == WRONG));
	*ret_prog = NULL;
	return rule->n ? pred_program_of(text, big_endian, ret_prog) : 0;
}

static const struct hand_case hand_cases[] = {
	{ RIGHT,
	  "applied",
	  "ld nr; jne #16, ok; ld args[1].hi; jne #0, ok; ld args[1].lo; jne #5, ok; ret #ERRNO(1);"
	  "ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "ioctl", DENY, 1, { 1 }, { 5 } } },
	  "ioctl x86_64 applied" },
	{ RIGHT,
	  "the low half alone",
	  "ld nr; jne #16, ok; ld args[1].lo; jne #5, ok; ret #ERRNO(1); ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "ioctl", DENY, 1, { 1 }, { 5 } } },
	  "ioctl x86_64 partial x86_64 ioctl(0, 0x100000005): 0x00050001, meant 0x7fff0000" },
	{ RIGHT,
	  "a value that no rule names",
	  "ld nr; jne #16, ok; ld args[1].hi; jne #0, ok; ld args[1].lo; jeq #77, no; jne #5, ok;"
	  "no: ret #ERRNO(1); ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "ioctl", DENY, 1, { 1 }, { 5 } } },
	  "ioctl x86_64 partial x86_64 ioctl(0, 77): 0x00050001, meant 0x7fff0000" },
	{ RIGHT,
	  "a value of an argument that the rule leaves alone",
	  "ld nr; jne #16, ok; ld args[1].lo; jne #5, ok; ld args[1].hi; jne #0, ok;"
	  "ld args[3].lo; jeq #77, ok; ret #ERRNO(1); ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "ioctl", DENY, 1, { 1 }, { 5 } } },
	  "ioctl x86_64 partial x86_64 ioctl(0, 5, 0, 77): 0x7fff0000, meant 0x00050001" },
	{ ABSENT,
	  "a value that no rule names: without programs it is not found",
	  "ld nr; jne #16, ok; ld args[1].hi; jne #0, ok; ld args[1].lo; jeq #77, no; jne #5, ok;"
	  "no: ret #ERRNO(1); ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "ioctl", DENY, 1, { 1 }, { 5 } } },
	  "ioctl x86_64 applied, not proved" },
	{ WRONG,
	  "a program that says what the rule does not is not relied on",
	  "ld nr; jne #16, ok; ld args[1].hi; jne #0, ok; ld args[1].lo; jne #5, ok; ret #ERRNO(1);"
	  "ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "ioctl", DENY, 1, { 1 }, { 5 } } },
	  "ioctl x86_64 applied, not proved" },
	{ RIGHT,
	  "the first of two rules decides",
	  "ld nr; jne #72, ok; ld args[0].hi; jne #0, second; ld args[0].lo; jne #3, second; ret #ERRNO(1);"
	  "second: ld args[1].hi; jne #0, ok; ld args[1].lo; jne #4, ok; ret #LOG; ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "fcntl", DENY, 1, { 0 }, { 3 } }, { "fcntl", LOG, 1, { 1 }, { 4 } } },
	  "fcntl x86_64 applied\nfcntl x86_64 applied" },
	{ RIGHT,
	  "both rules do what they say but where a third argument has a value",
	  "ld nr; jne #72, ok; ld args[2].lo; jeq #77, ok; ld args[0].hi; jne #0, second; ld args[0].lo;"
	  "jne #3, second; ret #ERRNO(1);"
	  "second: ld args[1].hi; jne #0, ok; ld args[1].lo; jne #4, ok; ret #LOG; ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "fcntl", DENY, 1, { 0 }, { 3 } }, { "fcntl", LOG, 1, { 1 }, { 4 } } },
	  "fcntl x86_64 partial x86_64 fcntl(3, 0, 77): 0x7fff0000, meant 0x00050001\n"
	  "fcntl x86_64 partial x86_64 fcntl(0, 4, 77): 0x7fff0000, meant 0x7ffc0000" },
	{ RIGHT,
	  "a value of the multiplexer's arguments",
	  "ld nr; jeq #359, no; jne #102, ok; ld args[0].lo; jne #1, ok; ld args[1].lo; jeq #77, ok;"
	  "no: ret #ERRNO(1); ok: ret #ALLOW",
	  I386,
	  ALLOW,
	  { { "socket", DENY, 0, { 0 }, { 0 } } },
	  "socket i386 partial i386 socketcall(1, 77): 0x7fff0000, meant 0x00050001" },
	{ RIGHT,
	  "conditions OR-ed",
	  "ld nr; jne #72, ok; ld args[0].lo; jeq #3, no; ld args[1].lo; jeq #4, no; ok: ret #ALLOW;"
	  "no: ret #ERRNO(1)",
	  X86_64,
	  ALLOW,
	  { { "fcntl", DENY, 2, { 0, 1 }, { 3, 4 } } },
	  "fcntl x86_64 partial x86_64 fcntl(4, 4): 0x00050001, meant 0x7fff0000" },
	{ RIGHT,
	  "an argument that no rule names",
	  "ld nr; jne #72, ok; ld args[3].lo; jeq #0xffffffff, ok; ret #ERRNO(1);"
	  "ok: ret #ALLOW",
	  X86_64,
	  ALLOW,
	  { { "fcntl", DENY, 0, { 0 }, { 0 } } },
	  "fcntl x86_64 partial x86_64 fcntl(-1, -1, -1, -1, -1, -1): 0x7fff0000, meant 0x00050001" },
	{ RIGHT,
	  "missing",
	  "ret #ALLOW",
	  X86_64 | I386,
	  ALLOW,
	  { { "socketcall", ALLOW, 0, { 0 }, { 0 } } },
	  "socketcall x86_64 missing x86_64 socketcall()\nsocketcall i386 applied" },
	{ RIGHT,
	  "both ways to a socket",
	  "ld arch; jne #i386, ok; ld nr; jeq #359, no; jne #102, ok; ld args[0].lo; jne #1, ok;"
	  "no: ret #ERRNO(1); ok: ret #ALLOW",
	  X86_64 | I386,
	  ALLOW,
	  { { "socket", DENY, 0, { 0 }, { 0 } } },
	  "socket x86_64 partial x86_64 socket(): 0x7fff0000, meant 0x00050001\n"
	  "socket i386 multiplexed i386 socketcall(1): 0x00050001" },
	{ RIGHT,
	  "one way to a socket",
	  "ld nr; jeq #359, no; ret #ALLOW; no: ret #ERRNO(1)",
	  I386,
	  ALLOW,
	  { { "socket", DENY, 0, { 0 }, { 0 } } },
	  "socket i386 partial i386 socketcall(1): 0x7fff0000, meant 0x00050001" },
	{ RIGHT,
	  "the other way",
	  "ld nr; jne #102, ok; ld args[0].lo; jeq #1, no; ok: ret #ALLOW; no: ret #ERRNO(1)",
	  I386,
	  ALLOW,
	  { { "socket", DENY, 0, { 0 }, { 0 } } },
	  "socket i386 partial i386 socket(): 0x7fff0000, meant 0x00050001" },
	{ RIGHT,
	  "only through the multiplexer",
	  "ld nr; jne #102, no; ld args[0].lo; jne #5, no; ret #ALLOW; no: ret #ERRNO(1)",
	  I386,
	  DENY,
	  { { "accept", ALLOW, 0, { 0 }, { 0 } } },
	  "accept i386 multiplexed i386 socketcall(5): 0x7fff0000" },
	{ RIGHT,
	  "an argument of the multiplexer",
	  "ld nr; jne #102, no; ld args[0].lo; jne #5, no; ld args[1].lo; jne #9, no;"
	  "ret #ALLOW; no: ret #ERRNO(1)",
	  I386,
	  DENY,
	  { { "accept", ALLOW, 1, { 1 }, { 9 } } },
	  "accept i386 partial i386 socketcall(5): 0x00050001, in memory" },
	{ RIGHT,
	  "conditions on a multiplexed call",
	  "ld nr; jeq #102, yes; jne #359, no; ld args[0].hi; jne #0, no; ld args[0].lo;"
	  "jne #2, no; yes: ret #ALLOW; no: ret #ERRNO(1)",
	  I386,
	  DENY,
	  { { "socket", ALLOW, 1, { 0 }, { 2 } } },
	  "socket i386 partial i386 socketcall(1): 0x7fff0000, in memory" },
	{ RIGHT,
	  "a version of ipc is a way round",
	  "ld nr; jeq #397, no; jne #117, ok; ld args[0].lo; jeq #21, no; ok: ret #ALLOW;"
	  "no: ret #ERRNO(1)",
	  I386,
	  ALLOW,
	  { { "shmat", DENY, 0, { 0 }, { 0 } } },
	  "shmat i386 partial i386 ipc(0x10015): 0x7fff0000, meant 0x00050001" },
	{ RIGHT,
	  "versions of ipc masked",
	  "ld nr; jeq #397, no; jne #117, ok; ld args[0].lo; and #0xffff; jeq #21, no;"
	  "ok: ret #ALLOW; no: ret #ERRNO(1)",
	  I386,
	  ALLOW,
	  { { "shmat", DENY, 0, { 0 }, { 0 } } },
	  "shmat i386 multiplexed i386 ipc(21): 0x00050001" },
	{ RIGHT,
	  "versions of ipc denied",
	  "ld nr; jeq #397, ok; jne #117, no; ld args[0].lo; jeq #21, ok; no: ret #ERRNO(1);"
	  "ok: ret #ALLOW",
	  I386,
	  DENY,
	  { { "shmat", ALLOW, 0, { 0 }, { 0 } } },
	  "shmat i386 multiplexed i386 ipc(21): 0x7fff0000" },
	{ RIGHT,
	  "a multiplexer and a call made through it",
	  "ld nr; jeq #393, ok; jne #117, no; ld args[0].hi; jne #0, no;"
	  "ld args[0].lo; jeq #2, ok; jeq #23, ok;"
	  "no: ret #ERRNO(1); ok: ret #ALLOW",
	  I386,
	  DENY,
	  { { "ipc", ALLOW, 1, { 0 }, { 23 } }, { "semget", ALLOW, 0, { 0 }, { 0 } } },
	  "ipc i386 applied, not proved\nsemget i386 multiplexed i386 ipc(2): 0x7fff0000" },
	{ RIGHT,
	  "the rule that decides is named",
	  "ld nr; jne #16, ok; ld args[1].lo; jeq #5, trap; ok: ret #ALLOW; trap: ret #TRAP",
	  X86_64,
	  ALLOW,
	  { { "ioctl", 0x00030000, 1, { 1 }, { 5 } }, { "ioctl", DENY, 1, { 0 }, { 7 } } },
	  "ioctl x86_64 partial x86_64 ioctl(8, 0x100000005): 0x00030000, meant 0x7fff0000\n"
	  "ioctl x86_64 partial x86_64 ioctl(7, 6): 0x7fff0000, meant 0x00050001" },
};

static struct vd_stack *compile(const char *filter)
{
	struct asm_program *programs;
	struct vd_stack *stack;
	struct diags diags;
	struct vd_prog *prog;
	struct text text;
	size_t n;
	char *lines = strdup(filter);

	for (char *c = lines; *c; c++)
		if (*c == ';')
			*c = '\n';
	diags_init(&diags);
	ck_assert_int_eq(text_from("filter", lines, strlen(lines), &text), 0);
	if (asm_assemble(&text, &diags, &programs, &n) < 0) {
		diags_print(&diags, stderr, false);
		ck_abort_msg("%s", filter);
	}
	ck_assert_int_eq(vd_prog_new(programs->insns, programs->len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
	asm_programs_done(programs, n);
	text_done(&text);
	diags_done(&diags);
	free(lines);
	return stack;
}

static void describe(FILE *out, const struct policy *policy, const struct applied_rule *rule)
{
	char call[CALL_TEXT_MAX];

	fprintf(out, "%s %s %s", policy->rules[rule->rule].syscall, vd_abi_info(rule->abi)->name,
		applied_name(rule->how));
	if (!rule->proved)
		fputs(", not proved", out);
	if (rule->how == APPLIED)
		return;
	abis_call(policy, rule, call, sizeof(call));
	fprintf(out, " %s", call);
	if (rule->how == MISSING)
		return;
	fprintf(out, ": 0x%08x", rule->got);
	if (rule->in_memory)
		fputs(", in memory", out);
	else if (rule->how == PARTIAL)
		fprintf(out, ", meant 0x%08x", rule->meant);
}

START_TEST(hand)
{
	const struct hand_case *c = &hand_cases[_i];
	struct policy_rule rules[2] = { { .syscall = NULL } };
	struct policy policy = { .rules = rules,
				 .abis = c->abis,
				 .data = (void *)c,
				 .matches = hand_matches,
				 .read = hand_read,
				 .boundaries = hand_boundaries,
				 .program = c->programs == ABSENT ? NULL : hand_program };
	struct vd_stack *stack = compile(c->filter);
	struct applied_report report;
	char *text = NULL;
	size_t size;

	for (; policy.n < 2 && c->rules[policy.n].call; policy.n++)
		rules[policy.n] = (struct policy_rule){ .syscall = c->rules[policy.n].call,
							.abis = c->abis,
							.action = c->rules[policy.n].action };
	applied_check(&report, &policy, stack, 0);
	FILE *out = open_memstream(&text, &size);
	for (size_t i = 0; i < report.n; i++) {
		fputs(i ? "\n" : "", out);
		describe(out, &policy, &report.items[i]);
		if (report.items[i].how == PARTIAL || report.items[i].how == MULTIPLEXED)
			ck_assert_uint_eq(vd_stack_run(stack, &report.items[i].record).ret,
					  report.items[i].got);
	}
	fclose(out);
	ck_assert_msg(!strcmp(text, c->wanted), "%s:\n%s\nwanted:\n%s", c->name, text, c->wanted);
	free(text);
	applied_done(&report);
	vd_stack_free(stack);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, hand, 0, COUNT_OF(hand_cases));
}

int main(void)
{
	return run_suite("rules and what was compiled", add);
}
