/* SPDX-License-Identifier: MIT */
/*
 * Generated profiles of two or three rules about one call: wherever records
 * drawn at random find the compiled filter to depart from the rules, the rule
 * is named. Faults of the compiler are neither listed nor expected here.
 */
#include "loader/profile/profile.h"
#include "loader/show/applied.h"
#include "loader/source/source.h"
#include "vm/testing.h"

#ifdef HAVE_LIBSECCOMP

#include "vm/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROFILES_LONG = 3000, PROFILES_SHORT = 600, PARTS = 10, RECORDS = 400 };

static const uint64_t constants[] = { 0,
				      1,
				      5,
				      0x7fffffff,
				      0x80000000,
				      0xffffffff,
				      0x100000000,
				      0x100000005,
				      0x500000000,
				      0x7fffffffffffffff,
				      0x8000000000000000,
				      0xffffffff00000000,
				      0xffffffffffffffff };

static uint64_t constant(struct vd_random *random)
{
	return constants[vd_random_below(random, COUNT_OF(constants))];
}

static void write_rule(FILE *out, struct vd_random *random)
{
	static const char *const ops[] = { "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ" };
	static const char *const actions[] = { "ALLOW", "ALLOW", "LOG", "TRAP", "KILL_PROCESS" };
	unsigned first = vd_random_below(random, 2), n = 1 + vd_random_below(random, 2);

	fprintf(out, "{\"names\": [\"lseek\"], \"action\": \"SCMP_ACT_%s\", \"args\": [",
		actions[vd_random_below(random, COUNT_OF(actions))]);
	for (unsigned i = 0; i < n; i++) {
		uint64_t value = constant(random);

		fprintf(out,
			"%s{\"index\": %u, \"value\": %" PRIu64 ", \"valueTwo\": %" PRIu64
			", \"op\": \"SCMP_CMP_%s\"}",
			i ? ", " : "", (first + i) % 2, value, constant(random) & value,
			ops[vd_random_below(random, COUNT_OF(ops))]);
	}
	fputs("]}", out);
}

static char *make_profile(struct vd_random *random)
{
	char *json = NULL;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	fputs("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\"], "
	      "\"syscalls\": [",
	      out);
	for (uint32_t i = 2 + vd_random_below(random, 2); i; i--) {
		write_rule(out, random);
		fputs(i > 1 ? ", " : "]}", out);
	}
	fclose(out);
	return json;
}

/* What libseccomp refuses (two rules that contradict each other, say) is no profile to look at. */
static bool load(const char *json, struct source *ret_source)
{
	struct source_options options = { .specs = oci_options };
	struct diags diags;
	struct text text;

	ck_assert_int_eq(text_from("generated.json", json, strlen(json), &text), 0);
	diags_init(&diags);
	*ret_source = (struct source){ .name = NULL };
	int r = oci_load(ret_source, &text, &options, &diags);
	diags_done(&diags);
	text_done(&text);
	if (r < 0)
		source_done(ret_source);
	return r == 0;
}

static bool named(const struct applied_report *report, int rule)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->items[i].how == PARTIAL && (rule < 0 || report->items[i].rule == (size_t)rule))
			return true;
	return false;
}

/* A rule that is proved has no departure: none that it decides, none that got its action in place of a
 * default.
 */
static bool disproved(const struct source *source, const struct applied_report *report, int rule,
		      uint32_t got)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct applied_rule *item = &report->items[i];
		uint32_t action = source->policy->rules[item->rule].action;

		if (item->proved && item->how != PARTIAL &&
		    (rule < 0 ? vd_effective(action) == vd_effective(got) : item->rule == (size_t)rule))
			return true;
	}
	return false;
}

static void draw(struct vd_random *random, struct seccomp_data *record)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t high = constant(random), low = constant(random);

		record->args[i] = vd_random_below(random, 4)
					  ? constant(random) + vd_random_below(random, 3) - 1
					  : high << 32 | (low & UINT32_MAX);
		if (vd_random_below(random, 8) == 0)
			record->args[i] = vd_random_next(random);
	}
}

static bool all_named(struct vd_random *random, const struct source *source, const char *json,
		      const struct applied_report *report, const struct vd_stack *stack)
{
	struct seccomp_data record = { .nr = 8, .arch = vd_abi_info(VD_ABI_X86_64)->audit_arch };

	for (int i = 0; i < RECORDS; i++) {
		int rule;

		draw(random, &record);
		uint32_t meant = source->policy->read(source->policy, &record, &rule);
		uint32_t got = vd_stack_run(stack, &record).ret;
		if (vd_effective(meant) == vd_effective(got) ||
		    (named(report, rule) && !disproved(source, report, rule, got)))
			continue;
		fprintf(stderr, "lseek(0x%" PRIx64 ", 0x%" PRIx64 "): 0x%08x, meant 0x%08x by rule %d\n%s\n",
			(uint64_t)record.args[0], (uint64_t)record.args[1], got, meant, rule, json);
		return false;
	}
	return true;
}

/* Records that a report names are departures, and the machine says the same again. */
static bool all_true(const struct source *source, const struct applied_report *report,
		     const struct vd_stack *stack)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct applied_rule *item = &report->items[i];
		int rule;

		if (item->how == PARTIAL &&
		    (vd_stack_run(stack, &item->record).ret != item->got ||
		     source->policy->read(source->policy, &item->record, &rule) != item->meant ||
		     vd_effective(item->got) == vd_effective(item->meant)))
			return false;
	}
	return true;
}

/* Rules, and those of them whose status is proved. */
struct tally {
	size_t rules, proved, applied;
};

enum ending { FINE, REFUSED, UNNAMED, UNTRUE, ENDINGS };

static enum ending check_profile(struct vd_random *random, const char *json, struct tally *tally)
{
	struct applied_report report;
	struct vd_stack *stack;
	struct vd_prog *prog;
	struct source source;
	enum ending ending = FINE;

	if (!load(json, &source))
		return REFUSED;
	if (vd_stack_new(&stack) < 0 ||
	    vd_prog_new(source.programs[0].insns, source.programs[0].len, &prog, NULL) < 0 ||
	    vd_stack_push(stack, prog) < 0)
		abort();
	applied_check(&report, source.policy, stack, 0);
	if (!all_named(random, &source, json, &report, stack))
		ending = UNNAMED;
	else if (!all_true(&source, &report, stack))
		ending = UNTRUE;
	tally->rules += report.n;
	tally->proved += report.proved;
	for (size_t i = 0; i < report.n; i++)
		tally->applied += report.items[i].proved && report.items[i].how == APPLIED;
	applied_done(&report);
	vd_prog_free(prog);
	vd_stack_free(stack);
	source_done(&source);
	return ending;
}

START_TEST(every_departure_is_named)
{
	struct vd_random random = { (uint64_t)_i + 1 };
	int profiles = (getenv("CHECK_LONG") ? PROFILES_LONG : PROFILES_SHORT) / PARTS;
	unsigned counts[ENDINGS] = { 0 };
	struct tally tally = { 0 };

	for (int i = 0; i < profiles; i++) {
		char *json = make_profile(&random);
		enum ending ending = check_profile(&random, json, &tally);

		ck_assert_msg(ending != UNTRUE, "%s", json);
		counts[ending]++;
		free(json);
	}
	ck_assert_uint_eq(counts[UNNAMED], 0);
	ck_assert_uint_gt(counts[FINE], profiles / 2);
	/* 64-bit comparisons of two arguments: nothing in them is hard to prove. */
	ck_assert_uint_eq(tally.proved, tally.rules);
	ck_assert_uint_gt(tally.applied, tally.rules / 4);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, every_departure_is_named, 0, PARTS);
}

int main(void)
{
	return run_suite("departures", add);
}

#else

int main(void)
{
	puts("skipped: departures: built without libseccomp");
	return 0;
}

#endif
