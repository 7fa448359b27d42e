/* SPDX-License-Identifier: MIT */
/*
 * Generated profiles with one rule for each call: what libseccomp makes of them
 * decides as the direct reading says, on the boundaries of every condition and
 * all of them crossed.
 */
#include "loader/profile/profile.h"
#include "loader/source/source.h"
#include "vm/testing.h"

#ifdef HAVE_LIBSECCOMP

#include "vm/random.h"

#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILES 400
#define VALUES_MAX 160
#define RECORDS_MAX 300 /* of one rule and ABI */

/* Called the same way on all three ABIs, through no multiplexer. */
static const char *const calls[] = {
	"personality", "unshare", "ioctl", "prctl",	  "lseek", "kill",   "dup3",  "mprotect",
	"madvise",     "mount",	  "umask", "setpriority", "fcntl", "openat", "pipe2", "sched_setscheduler",
};

static uint64_t pick_value(struct vd_random *random, bool wide)
{
	static const uint64_t edges[] = { 0,
					  1,
					  2,
					  0x7fffffff,
					  0x80000000,
					  0xfffffffe,
					  0xffffffff,
					  0x100000000,
					  0x100000001,
					  0x1ffffffff,
					  0x7fffffffffffffff,
					  0x8000000000000000,
					  0xffffffff00000000,
					  0xfffffffffffffffe,
					  0xffffffffffffffff };
	uint64_t value = vd_random_below(random, 3) ? edges[vd_random_below(random, COUNT_OF(edges))]
						    : vd_random_next(random);

	return wide ? value : value & UINT32_MAX;
}

static void write_args(FILE *out, struct vd_random *random, bool wide)
{
	static const char *const ops[] = { "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ" };
	unsigned used = 0, n = (unsigned)vd_random_below(random, 4);

	for (unsigned i = 0; i < n; i++) {
		unsigned index = (unsigned)vd_random_below(random, 6);
		const char *op = ops[vd_random_below(random, COUNT_OF(ops))];
		uint64_t value = pick_value(random, wide), two = pick_value(random, wide) & value;
		if (used & 1u << index)
			continue;
		fprintf(out,
			"%s{\"index\": %u, \"value\": %" PRIu64 ", \"valueTwo\": %" PRIu64
			", \"op\": \"SCMP_CMP_%s\"}",
			used ? ", " : "", index, value, two, op);
		used |= 1u << index;
	}
}

static void write_profile(FILE *out, struct vd_random *random, bool wide)
{
	static const char *const actions[] = { "ALLOW",	      "LOG",	"TRAP",	 "KILL_PROCESS",
					       "KILL_THREAD", "NOTIFY", "TRACE", "ERRNO" };

	fprintf(out,
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 7, \"architectures\": "
		"[\"SCMP_ARCH_X86_64\"%s], \"syscalls\": [",
		wide ? "" : ", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"");
	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		fprintf(out, "%s{\"names\": [\"%s\"], \"action\": \"SCMP_ACT_%s\", \"args\": [",
			i ? ", " : "", calls[i], actions[vd_random_below(random, COUNT_OF(actions))]);
		write_args(out, random, wide);
		fprintf(out, "]}");
	}
	fprintf(out, "]}");
}

static void load(const char *json, bool tree, struct source *ret_source)
{
	struct source_options options = { .specs = oci_options };
	struct diags diags;
	struct text text;

	options.items[4].given = options.items[4].on = tree;
	ck_assert_str_eq(oci_options[4].name, "tree");
	ck_assert_int_eq(text_from("generated.json", json, strlen(json), &text), 0);
	diags_init(&diags);
	*ret_source = (struct source){ .name = NULL };
	int r = oci_load(ret_source, &text, &options, &diags);
	if (r < 0 || diags.n)
		diags_print(&diags, stderr, false);
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(diags.n, 0);
	diags_done(&diags);
	text_done(&text);
}

struct agreement {
	const struct policy *policy;
	const struct vd_prog *prog;
	const char *json;
	size_t compared;
};

static void compare(struct agreement *agreement, const struct seccomp_data *record)
{
	int rule;
	uint32_t wanted = agreement->policy->read(agreement->policy, record, &rule);
	uint32_t got = vd_prog_run(agreement->prog, record);

	agreement->compared++;
	if (got == wanted)
		return; /* an assertion for each record would take most of the time */
	ck_abort_msg("arch %#x nr %d (%#llx, %#llx, %#llx, %#llx, %#llx, %#llx): %#x, the profile says %#x "
		     "(rule %d)\n%s",
		     record->arch, record->nr, record->args[0], record->args[1], record->args[2],
		     record->args[3], record->args[4], record->args[5], got, wanted, rule, agreement->json);
}

/* Crosses the boundaries of the arguments a rule compares: all of one with some of the others. */
static void compare_rule(struct agreement *agreement, struct vd_random *random, size_t i, int abi)
{
	const struct policy *policy = agreement->policy;
	struct seccomp_data record = { .arch = vd_abi_info(abi)->audit_arch };
	uint64_t values[6][VALUES_MAX];
	size_t n[6];
	uint32_t nr;

	ck_assert_int_eq(
		vd_syscall_number(abi, policy->rules[i].syscall, strlen(policy->rules[i].syscall), &nr), 0);
	record.nr = (int)nr;
	for (unsigned arg = 0; arg < 6; arg++) {
		n[arg] = policy->boundaries(policy, i, abi, arg, values[arg], VALUES_MAX);
		ck_assert_uint_le(n[arg], VALUES_MAX);
	}
	for (size_t k = 0; k < RECORDS_MAX; k++) {
		for (unsigned arg = 0; arg < 6; arg++) {
			record.args[arg] = n[arg] ? values[arg][vd_random_below(random, n[arg])]
						  : vd_random_next(random);
			if (abi == VD_ABI_X32)
				record.args[arg] &= UINT32_MAX;
		}
		compare(agreement, &record);
	}
}

static void agree(struct vd_random *random, bool wide, bool tree, size_t *compared)
{
	char *json;
	size_t size;
	FILE *out = open_memstream(&json, &size);
	struct source source;
	struct vd_prog *prog;

	write_profile(out, random, wide);
	fclose(out);
	load(json, tree, &source);
	ck_assert_uint_eq(source.policy->n, COUNT_OF(calls));
	ck_assert_int_eq(vd_prog_new(source.programs[0].insns, source.programs[0].len, &prog, NULL), 0);
	struct agreement agreement = { source.policy, prog, json, 0 };
	for (size_t i = 0; i < source.policy->n; i++)
		for (int abi = VD_ABI_X86_64; abi <= VD_ABI_X32; abi++)
			if (source.policy->rules[i].abis >> abi & 1)
				compare_rule(&agreement, random, i, abi);
	*compared += agreement.compared;
	vd_prog_free(prog);
	source_done(&source);
	free(json);
}

START_TEST(compiled_is_written)
{
	struct vd_random random = { .state = (uint64_t)_i + 1 };
	size_t compared = 0;

	for (int i = 0; i < PROFILES / 4; i++)
		agree(&random, _i & 1, _i & 2, &compared);
	ck_assert_uint_gt(compared, (size_t)PROFILES / 4 * COUNT_OF(calls) * 100);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, compiled_is_written, 0, 4);
}

int main(void)
{
	return run_suite("profiles against their text", add);
}

#else

int main(void)
{
	puts("skipped: profiles against their text: built without libseccomp");
	return 0;
}

#endif
