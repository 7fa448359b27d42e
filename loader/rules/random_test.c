/* SPDX-License-Identifier: MIT */
/*
 * Random rule sets: compiled and run by the machine, and read directly from
 * their trees, they must agree. CHECK_LONG=1 in the environment: 100,000 sets
 * instead of a sample.
 */
#include "loader/call.h"
#include "loader/rules/rules.h"
#include "loader/testing.h"
#include "vm/random.h"

#include <inttypes.h>
#include <stdarg.h>

#define SETS_SHORT 12000
#define SETS_LONG 100000
#define RECORDS 20

struct writer {
	struct vd_random random;
	char text[16384];
	size_t len;
	/* What the line at hand is about. */
	const char *call;
	struct vd_arg args[6];
	int n_args;
};

static uint32_t below(struct writer *w, uint32_t n)
{
	return vd_random_below(&w->random, n);
}

__attribute__((format(printf, 2, 3))) static void put(struct writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	w->len += (size_t)vsnprintf(w->text + w->len, sizeof(w->text) - w->len, fmt, ap);
	va_end(ap);
	ck_assert_uint_lt(w->len, sizeof(w->text) - 1);
}

/* A type that numbers of one expression have: what casts give. */
static const struct type {
	const char *cast;
	unsigned bits;
	bool is_signed;
} types[] = { { "u16", 16, false },
	      { "u32", 32, false },
	      { "s32", 32, true },
	      { "u64", 64, false },
	      { "s64", 64, true } };

static uint64_t interesting(struct writer *w, unsigned bits)
{
	uint64_t value = (uint64_t)vd_random_word(&w->random) << 32 | vd_random_word(&w->random);

	switch (below(w, 5)) {
	case 0:
		value = below(w, 5);
		break;
	case 1:
		value = ((uint64_t)1 << below(w, 64)) + below(w, 3) - 1;
		break;
	case 2:
		value = below(w, 2) ? value << 32 : value & 0xffffffff;
		break;
	case 3:
		value = -(uint64_t)below(w, 3);
		break;
	default:
		break;
	}
	return bits < 64 ? value & (((uint64_t)1 << bits) - 1) : value;
}

static void put_constant(struct writer *w, const struct type *type)
{
	uint64_t value = interesting(w, type->bits), sign = (uint64_t)1 << (type->bits - 1);

	if (type->is_signed && value & sign)
		put(w, "-%" PRIu64, -pred_extend(value, type->bits, true));
	else
		put(w, below(w, 2) ? "0x%" PRIx64 : "%" PRIu64, value);
}

/* A word of the record, of the type as it is or cast to it. */
static void put_word(struct writer *w, const struct type *type)
{
	static const char *const words[] = { "arg0", "arg1",  "arg2", "arg1.lo", "arg0.hi",
					     "ip",   "ip.hi", "nr",   "arch" };

	for (int i = 0; w->n_args > 0 && i < 3; i++) {
		const struct vd_arg *arg = &w->args[below(w, (uint32_t)w->n_args)];
		if (arg->bits == type->bits && arg->is_signed == type->is_signed) {
			put(w, "%s", arg->name);
			return;
		}
	}
	if (type->bits == 64 && !type->is_signed && below(w, 3))
		put(w, "arg%u", below(w, 3));
	else if (w->n_args > 0 && below(w, 2))
		put(w, "%s(%s)", type->cast, w->args[below(w, (uint32_t)w->n_args)].name);
	else
		put(w, "%s(%s)", type->cast, words[below(w, 9)]);
}

static void put_number(struct writer *w, const struct type *type, int depth)
{
	uint32_t kind = below(w, depth ? 12 : 4);

	if (kind < 4) {
		put_word(w, type);
		return;
	}
	if (kind < 6) { /* by a cast from another type */
		put(w, "%s(", type->cast);
		put_number(w, &types[below(w, 5)], depth - 1);
		put(w, ")");
		return;
	}
	put(w, "(");
	if (kind == 6 || kind == 7) {
		put(w, "%s", below(w, 2) ? "~" : "-");
		put_number(w, type, depth - 1);
	} else if (kind == 8) {
		put_number(w, type, depth - 1);
		put(w, " %s %u", below(w, 2) ? "<<" : ">>", below(w, type->bits));
	} else {
		static const char *const ops[] = { "&", "|", "^" };
		bool constant = below(w, 2);
		put_number(w, type, depth - 1);
		put(w, " %s ", ops[below(w, 3)]);
		if (constant)
			put_constant(w, type);
		else
			put_number(w, type, depth - 1);
	}
	put(w, ")");
}

static void put_comparison(struct writer *w, int depth)
{
	static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
	const struct type *type = &types[below(w, 5)];
	uint32_t kind = below(w, 8);

	if (kind == 0) {
		put_number(w, type, depth);
	} else if (kind == 1) {
		put(w, "(");
		put_number(w, type, depth);
		put(w, " & ");
		put_constant(w, type);
		put(w, ")");
		if (below(w, 2))
			put(w, " %s 0", ops[below(w, 2)]);
	} else if (kind == 2) {
		put_constant(w, type);
		put(w, " %s ", ops[below(w, 6)]);
		put_number(w, type, depth);
	} else {
		put_number(w, type, depth);
		put(w, " %s ", ops[below(w, 6)]);
		if (kind == 3)
			put_number(w, type, depth);
		else
			put_constant(w, type);
	}
}

static void put_condition(struct writer *w, int depth)
{
	uint32_t kind = below(w, depth ? 8 : 3);

	if (kind < 4) {
		put_comparison(w, below(w, 4) ? 1 : 3);
	} else if (kind == 4) {
		put(w, "!(");
		put_condition(w, depth - 1);
		put(w, ")");
	} else {
		put(w, "(");
		put_condition(w, depth - 1);
		put(w, " %s ", below(w, 2) ? "&&" : "||");
		put_condition(w, depth - 1);
		put(w, ")");
	}
}

static const char *const actions[] = {
	"ALLOW",    "LOG",	"ERRNO(EPERM)", "ERRNO(5)",    "TRAP",
	"TRACE(7)", "TRACE(8)", "USER_NOTIF",	"KILL_THREAD", "KILL_PROCESS"
};

static const char *action(struct writer *w)
{
	return actions[below(w, 10)];
}

static const char *const calls[] = { "read",   "openat", "socket",  "mmap",	   "clone",
				     "fcntl",  "prctl",	 "mknodat", "lseek",	   "setpriority",
				     "fchmod", "ioctl",	 "kill",    "personality", "quotactl" };

/* The condition, and what it leads to. */
static void put_line_body(struct writer *w)
{
	if (below(w, 12) == 0)
		put(w, "%u", below(w, 2));
	else
		put_condition(w, 2);
	if (below(w, 3))
		put(w, " -> %s, else %s", action(w), action(w));
	else if (below(w, 2))
		put(w, " -> %s", action(w));
	put(w, "\n");
}

/* Numbers of an ABI of the file, or what it is not about. */
static void put_wide_target(struct writer *w, const char *abi)
{
	static const uint32_t ends[] = { 2, 60, 400, 0x3fffffff, 0x7fffffff, 0xfffffffe };
	uint32_t first = below(w, 300);

	w->n_args = -1;
	if (below(w, 3) == 0)
		put(w, "others: ");
	else if (below(w, 3))
		put(w, "%.*s.%u..%u: ", (int)strcspn(abi, ","), abi, first,
		    first + ends[below(w, strcmp(abi, "x32") ? 3 : 2)]);
	else
		put(w, "%.*s.%u..: ", (int)strcspn(abi, ","), abi, first);
}

static void put_line(struct writer *w, const char *abi, bool x86)
{
	static const int abis[] = { VD_ABI_X86_64, VD_ABI_X32, VD_ABI_I386 };
	uint32_t nr;

	if (below(w, 4) == 0) {
		put_wide_target(w, abi);
		put_line_body(w);
		return;
	}
	w->call = calls[below(w, sizeof(calls) / sizeof(*calls))];
	w->n_args = -1;
	/* The argument names that all of them have, and the types of one. */
	if (x86 && vd_syscall_number(abis[below(w, 3)], w->call, strlen(w->call), &nr) == 0)
		w->n_args = vd_syscall_args(vd_abi_of(0xc000003e, nr), nr, w->args);
	put(w, "%s%s%s: ", below(w, 2) ? "sys_" : "", w->call, below(w, 4) ? "?" : "");
	put_line_body(w);
}

static void put_rules(struct writer *w)
{
	static const char *const lists[] = { "x86_64",
					     "x86_64",
					     "x86_64, x32",
					     "i386",
					     "x86_64, i386",
					     "x32",
					     "i386, x32, x86_64",
					     "aarch64, x86_64",
					     "s390x",
					     "ppc64, x86_64, i386" };
	uint32_t list = below(w, 10), lines = 1 + below(w, 5);

	w->len = 0;
	put(w, "arch: %s\ndefault: %s\n", lists[list], action(w));
	for (uint32_t i = 0; i < lines; i++) {
		put_line(w, lists[list], list < 7);
		if (below(w, 8) == 0)
			put(w, "enable\n");
	}
}

/* ------------------------------------------------------------------ */

static void random_value(struct writer *w, uint64_t *value, const struct rules_entry *entry,
			 enum expr_field field)
{
	uint64_t values[64];
	size_t n = entry ? pred_boundaries(&entry->pred, field, values, 64) : 0;

	if (n && below(w, 4))
		*value = values[below(w, (uint32_t)n)];
	else
		*value = interesting(w, 64);
	if (below(w, 16) == 0)
		*value ^= (uint64_t)1 << below(w, 64);
}

static const struct rules_entry *random_entry(struct writer *w, const struct rules *rules)
{
	const struct rules_filter *filter = &rules->filters[below(w, (uint32_t)rules->n_filters)];

	return filter->n ? &filter->entries[below(w, (uint32_t)filter->n)] : NULL;
}

static struct seccomp_data random_record(struct writer *w, const struct rules *rules)
{
	static const uint32_t odd[] = { 0,	    0x3fffffff, 0x40000000, 0x7fffffff,
					0x80000000, 0xc0000000, 0xffffffff, 1 };
	const struct rules_entry *entry = random_entry(w, rules);
	struct seccomp_data record = { 0 };
	uint64_t ip;

	record.arch = vd_abi_info(rules->abis[below(w, (uint32_t)rules->n_abis)])->audit_arch;
	record.nr = (int)(below(w, 2) ? below(w, 500) : odd[below(w, 8)] + below(w, 3) - 1);
	if (entry && below(w, 10)) {
		uint32_t at[] = { entry->nr, entry->last, entry->last + 1, entry->nr - 1 };
		record.arch = entry->abi == VD_ABI_NONE ? vd_random_word(&w->random)
							: vd_abi_info(entry->abi)->audit_arch;
		record.nr = (int)at[below(w, 8) & below(w, 4)];
	}
	if (below(w, 20) == 0)
		record.arch = below(w, 2) ? 0x40000028 : vd_random_word(&w->random);
	if (below(w, 20) == 0)
		record.nr ^= 0x40000000;
	for (int i = 0; i < 6; i++) {
		uint64_t value;
		random_value(w, &value, entry, EXPR_ARG0 + i);
		record.args[i] = value;
	}
	random_value(w, &ip, entry, EXPR_IP);
	record.instruction_pointer = ip;
	return record;
}

static void disagree(struct writer *w, const struct seccomp_data *record, uint32_t machine, uint32_t reading)
{
	char call[CALL_TEXT_MAX];

	call_format(record, call, sizeof(call));
	ck_abort_msg("%s\n%s: the machine says 0x%08x, the rules say 0x%08x", w->text, call, machine,
		     reading);
}

static struct vd_stack *compile(const struct rules *rules, struct writer *w, struct diags *diags)
{
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	for (size_t i = 0; i < rules->n_filters; i++) {
		struct sock_filter *insns;
		struct vd_prog *prog;
		size_t len;
		if (rules_compile(rules, i, diags, &insns, &len) < 0) {
			vd_stack_free(stack);
			return NULL;
		}
		if (vd_prog_new(insns, len, &prog, NULL) < 0)
			ck_abort_msg("%s\nis refused by the kernel", w->text);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		vd_prog_free(prog);
		free(insns);
	}
	return stack;
}

/* 1: the rules were read and agree, 0: refused. */
static int one_set(struct writer *w)
{
	struct rules *rules;
	struct diags diags;
	struct text text;
	int r = 0;

	put_rules(w);
	diags_init(&diags);
	ck_assert_int_eq(text_from("random", w->text, w->len, &text), 0);
	if (rules_read(&text, &diags, &rules) == 0) {
		struct vd_stack *stack = compile(rules, w, &diags);
		for (int i = 0; stack && i < RECORDS; i++) {
			struct seccomp_data record = random_record(w, rules);
			vd_stack_set_big_endian(stack, call_big_endian(&record));
			uint32_t machine = vd_stack_run(stack, &record).ret;
			uint32_t reading = rules_answer(rules, &record).ret;
			if (machine != reading)
				disagree(w, &record, machine, reading);
		}
		r = stack != NULL;
		vd_stack_free(stack);
		rules_free(rules);
	}
	if (!r)
		ck_assert_uint_gt(diags.errors, 0);
	diags_done(&diags);
	text_done(&text);
	return r;
}

START_TEST(machine_and_reading_agree)
{
	static struct writer w;
	int sets = getenv("CHECK_LONG") ? SETS_LONG : SETS_SHORT, read = 0, written = 0;

	w.random.state = 20110901;
	for (; read < sets; written++)
		read += one_set(&w);
	printf("# %d rule sets with %d records each; %d more were refused\n", sets, RECORDS, written - read);
	/* Refusals are about ABIs that lack a call, or an argument's name: not most. */
	ck_assert_int_lt(written, 3 * sets);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, machine_and_reading_agree);
}

int main(void)
{
	return run_suite("random rules", add);
}
