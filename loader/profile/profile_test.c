/* SPDX-License-Identifier: MIT */
#include "loader/profile/profile.h"
#include "loader/source/source.h"
#include "vm/testing.h"

#include <stdio.h>

#ifdef HAVE_LIBSECCOMP

#include "vm/random.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096

/* Loads a profile with options as they stand in a spec. The diagnostics printed, "" for none. */
static int load(const char *profile, const char *spec, struct source *ret_source, char *ret_said)
{
	struct source_options options;
	struct diags diags;
	struct text text, words;
	int r;

	diags_init(&diags);
	ck_assert_int_eq(text_from("p", profile, strlen(profile), &text), 0);
	ck_assert_int_eq(text_from("spec", spec, strlen(spec), &words), 0);
	struct span span = span_all(&words);
	ck_assert_int_eq(source_options_parse(oci_options, "oci", &span, &diags, &options), 0);
	*ret_source = (struct source){ .name = NULL };
	r = oci_load(ret_source, &text, &options, &diags);
	ck_assert_int_eq(r<0, diags.errors> 0);
	FILE *out = fmemopen(ret_said, TEXT_MAX, "w");
	diags_print(&diags, out, false);
	fputc('\0', out);
	fclose(out);
	source_options_done(&options);
	diags_done(&diags);
	text_done(&text);
	text_done(&words);
	return r;
}

static void load_silently(const char *profile, const char *spec, struct source *ret_source)
{
	char said[TEXT_MAX];

	ck_assert_msg(load(profile, spec, ret_source, said) == 0, "%s", said);
	ck_assert_str_eq(said, "");
}

/* ------------------------------------------------------------------ forms */

#define ERRNO_5 "defaultAction: SCMP_ACT_ERRNO, defaultErrnoRet: 5"
#define READ "syscalls: [{names: [read], action: SCMP_ACT_ALLOW}]"

/* One profile in all the forms that it can have. */
static const char *const forms[] = {
	"{" ERRNO_5 ", " READ "}",
	"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 5,\n"
	"\t\"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}]}",
	"{" ERRNO_5 ", syscalls: [{name: read, action: SCMP_ACT_ALLOW, args: null}]}",
	"{" ERRNO_5 ", architectures: [], archMap: null, flags: null, syscalls: [{names: [read], "
	"action: SCMP_ACT_ALLOW, args: [], comment: \"x\", includes: {}, excludes: null}]}",
	"{" ERRNO_5 ", architectures: [SCMP_ARCH_X86_64], " READ "}",
	"{" ERRNO_5 ", archMap: [{architecture: SCMP_ARCH_AARCH64, subArchitectures: [SCMP_ARCH_ARM]}, "
	"{architecture: SCMP_ARCH_X86_64, subArchitectures: null}], " READ "}",
	"{" ERRNO_5 ", archMap: [{architecture: SCMP_ARCH_AARCH64, subArchitectures: [SCMP_ARCH_ARM]}], " READ
	"}",
	"{defaultAction: SCMP_ACT_ERRNO, defaultErrno: EIO, " READ "}",
	"{defaultAction: SCMP_ACT_ERRNO, defaultErrnoRet: 0x5, defaultErrno: '', " READ "}",
	"{" ERRNO_5 ", flags: [SECCOMP_FILTER_FLAG_LOG], listenerPath: /run/s, listenerMetadata: '', " READ
	"}",
	"{" ERRNO_5 ", syscalls: [{names: [read], action: SCMP_ACT_ALLOW}, "
	"{names: [write], action: SCMP_ACT_ERRNO, errnoRet: 5}]}",
	"{ociVersion: 1.0.2, linux: {seccomp: {" ERRNO_5 ", " READ "}}}",
	"defaultAction: SCMP_ACT_ERRNO\ndefaultErrnoRet: 5\nsyscalls:\n- names: [read]\n  action: "
	"SCMP_ACT_ALLOW\n",
	"apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\nmetadata:\n  name: "
	"x\nspec:\n"
	"  defaultAction: SCMP_ACT_ERRNO\n  defaultErrnoRet: 5\n  syscalls:\n  - action: SCMP_ACT_ALLOW\n    "
	"names:\n"
	"    - read\n",
};

START_TEST(all_forms_are_one)
{
	struct source first, other;

	load_silently(forms[0], "", &first);
	load_silently(forms[_i], "", &other);
	ck_assert_uint_eq(first.n, 1);
	ck_assert_uint_eq(other.n, 1);
	ck_assert_uint_eq(first.programs[0].len, other.programs[0].len);
	ck_assert_mem_eq(first.programs[0].insns, other.programs[0].insns,
			 first.programs[0].len * sizeof(struct sock_filter));
	source_done(&first);
	source_done(&other);
}
END_TEST

/* -------------------------------------------------- includes and excludes */

static const char choices[] =
	"defaultAction: SCMP_ACT_ERRNO\n"
	"syscalls:\n"
	"- {names: [chroot], action: SCMP_ACT_ALLOW, includes: {caps: [CAP_SYS_CHROOT]}}\n"
	"- {names: [mknod], action: SCMP_ACT_ALLOW, includes: {caps: [CAP_MKNOD]}}\n"
	"- {names: [bpf], action: SCMP_ACT_ALLOW, includes: {caps: [CAP_BPF, CAP_PERFMON]}}\n"
	"- {names: [dup], action: SCMP_ACT_ALLOW, excludes: {caps: [CAP_BPF, CAP_KILL]}}\n"
	"- {names: [ptrace], action: SCMP_ACT_ALLOW, includes: {minKernel: \"4.8\"}}\n"
	"- {names: [kcmp], action: SCMP_ACT_ALLOW, excludes: {minKernel: \"4.8\"}}\n"
	"- {names: [arch_prctl], action: SCMP_ACT_ALLOW, includes: {arches: [amd64, x32]}}\n"
	"- {names: [cacheflush], action: SCMP_ACT_ALLOW, includes: {arches: [arm, arm64]}}\n"
	"- {names: [iopl], action: SCMP_ACT_ALLOW, excludes: {arches: [amd64]}}\n";

static const struct {
	const char *options, *wanted;
} choice_rows[] = {
	{ "", "chroot mknod ptrace arch_prctl" },
	{ "caps=docker", "chroot mknod ptrace arch_prctl" },
	{ "caps=podman", "chroot ptrace arch_prctl" },
	{ "caps=none", "dup ptrace arch_prctl" },
	{ "caps=all", "chroot mknod bpf ptrace arch_prctl" },
	{ "caps=CAP_BPF", "ptrace arch_prctl" },
	{ "caps=CAP_PERFMON", "dup ptrace arch_prctl" },
	{ "caps=CAP_BPF+CAP_PERFMON", "bpf ptrace arch_prctl" },
	{ "caps=none+CAP_KILL", "ptrace arch_prctl" },
	{ "caps=sys_chroot", "chroot dup ptrace arch_prctl" },
	{ "caps=Cap_Sys_Chroot+none", "chroot dup ptrace arch_prctl" },
	{ "caps=none,kernel=4.8", "dup ptrace arch_prctl" },
	{ "caps=none,kernel=4.7", "dup kcmp arch_prctl" },
	{ "caps=none,kernel=3.19", "dup kcmp arch_prctl" },
	{ "caps=none,kernel=4.10", "dup ptrace arch_prctl" },
	{ "caps=none,kernel=5.0", "dup ptrace arch_prctl" },
	{ "caps=none,kernel=4.7.99", "dup kcmp arch_prctl" },
	{ "caps=none,kernel=5.10.0-21-amd64", "dup ptrace arch_prctl" },
	{ "caps=none,arch=aarch64", "dup ptrace cacheflush iopl" },
	{ "caps=none,arch=arm64", "dup ptrace cacheflush iopl" },
	{ "caps=none,arch=i386", "dup ptrace iopl" },
};

START_TEST(what_holds)
{
	char said[TEXT_MAX], names[256] = "";
	struct source source;

	ck_assert_msg(load(choices, choice_rows[_i].options, &source, said) == 0, "%s", said);
	for (size_t i = 0; i < source.policy->n; i++) {
		strcat(names, i ? " " : "");
		strcat(names, source.policy->rules[i].syscall);
	}
	ck_assert_str_eq(names, choice_rows[_i].wanted);
	source_done(&source);
}
END_TEST

/* --------------------------------------------------------------- decisions */

#define ON_ALL "architectures: [SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32]\n"
#define X32 0x40000000

static void write_arg(FILE *out, const char *arg, bool first)
{
	unsigned long long value, two = 0;
	unsigned index;
	char op[16];

	ck_assert_int_ge(
		sscanf(arg, " %u %15s %lli %lli", &index, op, (long long *)&value, (long long *)&two), 3);
	fprintf(out, "%s{index: %u, value: %llu, valueTwo: %llu, op: SCMP_CMP_%s}", first ? "" : ", ", index,
		value, two, op);
}

/* "kill LOG 1 EQ 9 & 0 LT 5; read ALLOW" as a profile for three ABIs with ERRNO(EPERM) for the rest. */
static const char *profile_of(const char *rules)
{
	static char text[TEXT_MAX];
	char copy[256], name[32], action[32], *rule, *arg, *rest, *more;
	FILE *out = fmemopen(text, sizeof(text), "w");
	int used;

	ck_assert_uint_lt(strlen(rules), sizeof(copy));
	strcpy(copy, rules);
	fprintf(out, "defaultAction: SCMP_ACT_ERRNO\n" ON_ALL "syscalls:\n");
	for (rule = strtok_r(copy, ";", &rest); rule; rule = strtok_r(NULL, ";", &rest)) {
		ck_assert_int_eq(sscanf(rule, " %31s %31s %n", name, action, &used), 2);
		fprintf(out, "- {names: [%s], action: SCMP_ACT_%s, args: [", name, action);
		for (arg = strtok_r(rule + used, "&", &more); arg; arg = strtok_r(NULL, "&", &more))
			write_arg(out, arg, arg == rule + used);
		fprintf(out, "]}\n");
	}
	fputc('\0', out);
	fclose(out);
	return text;
}

/* What the text says, and what the filter does: not always the same. */
static const struct {
	const char *rules;
	uint32_t arch;
	int nr;
	uint64_t args[2];
	uint32_t written;
	int rule;
	uint32_t compiled;
} decision_rows[] = {
	{ "kill LOG 1 EQ 9", AUDIT_ARCH_X86_64, 62, { 1, 9 }, 0x7ffc0000, 0, 0x7ffc0000 },
	{ "kill LOG 1 EQ 9", AUDIT_ARCH_X86_64, 62, { 1, 8 }, 0x00050001, -1, 0x00050001 },
	{ "kill LOG 1 EQ 9", AUDIT_ARCH_X86_64, 62, { 1, 0x100000009 }, 0x00050001, -1, 0x00050001 },
	/* the i386 entry code drops the upper half */
	{ "kill LOG 1 EQ 9", AUDIT_ARCH_I386, 37, { 1, 0x100000009 }, 0x7ffc0000, 0, 0x7ffc0000 },
	{ "kill LOG 1 LT 9", AUDIT_ARCH_I386, 37, { 1, 0x100000008 }, 0x7ffc0000, 0, 0x7ffc0000 },
	/* on x32 an int is 32 bits, a length is not: the filter looks at 32 bits of both */
	{ "kill LOG 1 EQ 9", AUDIT_ARCH_X86_64, X32 | 62, { 1, 0x100000009 }, 0x7ffc0000, 0, 0x7ffc0000 },
	{ "munmap LOG 1 EQ 9", AUDIT_ARCH_X86_64, X32 | 11, { 1, 0x100000009 }, 0x00050001, -1, 0x7ffc0000 },
	/* all conditions must hold: runtimes take apart those that are about one argument */
	{ "kill LOG 0 GE 5 & 1 EQ 9", AUDIT_ARCH_X86_64, 62, { 4, 9 }, 0x00050001, -1, 0x00050001 },
	{ "kill LOG 0 GE 5 & 1 EQ 9", AUDIT_ARCH_X86_64, 62, { 5, 9 }, 0x7ffc0000, 0, 0x7ffc0000 },
	{ "kill LOG 1 GE 5 & 1 LE 9", AUDIT_ARCH_X86_64, 62, { 0, 7 }, 0x7ffc0000, 0, 0x7ffc0000 },
	{ "kill LOG 1 GE 5 & 1 LE 9", AUDIT_ARCH_X86_64, 62, { 0, 10 }, 0x00050001, -1, 0x7ffc0000 },
	/* the mask is taken of both sides */
	{ "unshare LOG 0 MASKED_EQ 12 4", AUDIT_ARCH_X86_64, 272, { 0xfffffff7 }, 0x7ffc0000, 0, 0x7ffc0000 },
	{ "unshare LOG 0 MASKED_EQ 12 4", AUDIT_ARCH_X86_64, 272, { 8 }, 0x00050001, -1, 0x00050001 },
	{ "unshare LOG 0 MASKED_EQ 12 7", AUDIT_ARCH_X86_64, 272, { 4 }, 0x7ffc0000, 0, 0x7ffc0000 },
	/* the strongest, then the first */
	{ "kill LOG 1 EQ 9; kill TRAP 0 EQ 1", AUDIT_ARCH_X86_64, 62, { 1, 8 }, 0x00030000, 1, 0x00030000 },
	{ "kill LOG 0 EQ 9; kill LOG 0 EQ 9", AUDIT_ARCH_X86_64, 62, { 9, 8 }, 0x7ffc0000, 0, 0x7ffc0000 },
	/* an action's data is EPERM where nothing is said */
	{ "kill TRACE", AUDIT_ARCH_X86_64, 62, { 0 }, 0x7ff00001, 0, 0x7ff00001 },
	/* what the profile does not name */
	{ "kill LOG", AUDIT_ARCH_AARCH64, 129, { 0 }, 0, -1, 0 },
	{ "kill LOG", AUDIT_ARCH_X86_64, 63, { 0 }, 0x00050001, -1, 0x00050001 },
};

START_TEST(what_is_decided)
{
	struct seccomp_data record = { .nr = decision_rows[_i].nr, .arch = decision_rows[_i].arch };
	char said[TEXT_MAX];
	struct source source;
	struct vd_prog *prog;
	int rule;

	memcpy(record.args, decision_rows[_i].args, sizeof(decision_rows[_i].args));
	ck_assert_msg(load(profile_of(decision_rows[_i].rules), "", &source, said) == 0, "%s", said);
	ck_assert_uint_eq(source.policy->read(source.policy, &record, &rule), decision_rows[_i].written);
	ck_assert_int_eq(rule, decision_rows[_i].rule);
	ck_assert_int_eq(vd_prog_new(source.programs[0].insns, source.programs[0].len, &prog, NULL), 0);
	ck_assert_uint_eq(vd_prog_run(prog, &record), decision_rows[_i].compiled);
	vd_prog_free(prog);
	source_done(&source);
}
END_TEST

/* ------------------------------------------------------------- the policy */

START_TEST(rules_as_text)
{
	static const char profile[] =
		"defaultAction: SCMP_ACT_ALLOW\n" ON_ALL "syscalls:\n"
		"- names: [socket, socketpair]\n  action: SCMP_ACT_ERRNO\n  errnoRet: 97\n"
		"  args: [{index: 0, value: 40, op: SCMP_CMP_EQ}, {index: 2, value: 1, op: SCMP_CMP_NE}]\n"
		"- names: [clone]\n  action: SCMP_ACT_LOG\n"
		"  args: [{index: 0, value: 0x7e020000, valueTwo: 0, op: SCMP_CMP_MASKED_EQ}]\n"
		"- {names: [read], action: SCMP_ACT_ERRNO, errno: EIO}\n"
		"- names: [dup2]\n  action: SCMP_ACT_NOTIFY\n"
		"  args: [{index: 1, value: 1, op: SCMP_CMP_GT}, {index: 0, value: 2, op: SCMP_CMP_LE}]\n";
	static const char *const wanted[] = {
		"socket: arg0 == 40 && arg2 != 1 -> ERRNO(EAFNOSUPPORT)",
		"socketpair: arg0 == 40 && arg2 != 1 -> ERRNO(EAFNOSUPPORT)",
		"clone: (arg0 & 0x7e020000) == 0x0 -> LOG",
		"read -> ERRNO(EIO)",
		"dup2: arg1 > 1 && arg0 <= 2 -> USER_NOTIF",
	};
	struct source source;

	load_silently(profile, "", &source);
	ck_assert_uint_eq(source.policy->n, COUNT_OF(wanted));
	ck_assert_uint_eq(source.policy->abis, 1u << VD_ABI_X86_64 | 1u << VD_ABI_I386 | 1u << VD_ABI_X32);
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		ck_assert_str_eq(source.policy->rules[i].text, wanted[i]);
		ck_assert_uint_eq(source.policy->rules[i].abis, source.policy->abis);
		ck_assert(span_is(&source.policy->rules[i].at, source.policy->rules[i].syscall));
	}
	source_done(&source);
}
END_TEST

static bool has_value(const uint64_t *values, size_t n, uint64_t wanted)
{
	for (size_t i = 0; i < n; i++)
		if (values[i] == wanted)
			return true;
	return false;
}

START_TEST(boundaries_of_conditions)
{
	static const uint64_t around[] = { 0x100000004, 0x100000005, 0x100000006, 4, 5, 6, 0x200000005 },
			      masked[] = { 0x1200, 0xffffffffffff12ff, 0x1300, 0x9200, 0x100001200,
					   0,	   UINT64_MAX };
	struct source source;
	uint64_t values[128];
	size_t n;

	load_silently(profile_of("kill LOG 0 LT 0x100000005 & 3 MASKED_EQ 0xff00 0x1200"), "", &source);
	n = source.policy->boundaries(source.policy, 0, VD_ABI_X86_64, 0, values, COUNT_OF(values));
	for (size_t i = 0; i < COUNT_OF(around); i++)
		ck_assert_msg(has_value(values, n, around[i]), "%#llx", (unsigned long long)around[i]);
	ck_assert_uint_ge(source.policy->boundaries(source.policy, 0, VD_ABI_X86_64, 0, values, 2), n);
	n = source.policy->boundaries(source.policy, 0, VD_ABI_X86_64, 3, values, COUNT_OF(values));
	for (size_t i = 0; i < COUNT_OF(masked); i++)
		ck_assert_msg(has_value(values, n, masked[i]), "%#llx", (unsigned long long)masked[i]);
	ck_assert_uint_eq(
		source.policy->boundaries(source.policy, 0, VD_ABI_X86_64, 1, values, COUNT_OF(values)), 0);
	source_done(&source);
}
END_TEST

/* -------------------------------------------------------------- what is said */

static const struct {
	const char *profile;	    /* or rules for profile_of() */
	const char *options, *said; /* part of it */
} warning_rows[] = {
	{ "raed ALLOW", "", "p:4:12: warning: unknown system call 'raed': runtimes skip it" },
	{ "raed ALLOW", "", "did you mean 'read'" },
	{ "x86_64.read ALLOW", "", "unknown system call 'x86_64.read'" },
	{ "kill LOG 1 GE 5 & 1 LE 9", "", "warning: argument 1 is compared twice" },
	{ "kill LOG 1 MASKED_EQ 4 7", "", "warning: 'valueTwo' has bits that the mask" },
	{ "{defaultAction: SCMP_ACT_KILL, defaultErrnoRet: 1}", "", "warning: an errno has no meaning" },
	{ "{defaultAction: SCMP_ACT_KILL, defaultErrnoRet: 1}", "runtime=runc",
	  "warning: an errno has no meaning" },
	{ "{defaultAction: SCMP_ACT_ERRNO, defaultErrnoRet: 1, defaultErrno: ENOSYS}", "",
	  "and 'defaultErrnoRet' differ" },
	{ "{defaultAction: SCMP_ACT_KILL, syscalls: [{name: bpf, action: SCMP_ACT_LOG, includes: {caps: "
	  "[BPF]}}]}",
	  "", "write CAP_BPF" },
	{ "{defaultAction: SCMP_ACT_KILL, syscalls: [{name: bpf, action: SCMP_ACT_LOG, excludes: {arches: "
	  "[x86_64]}}]}",
	  "", "write amd64" },
};

START_TEST(what_is_warned_of)
{
	char said[TEXT_MAX];
	struct source source;

	const char *profile = warning_rows[_i].profile;

	if (profile[0] != '{')
		profile = profile_of(profile);
	ck_assert_int_eq(load(profile, warning_rows[_i].options, &source, said), 0);
	ck_assert_msg(strstr(said, warning_rows[_i].said) != NULL, "%s", said);
	ck_assert_uint_eq(source.n, 1);
	source_done(&source);
}
END_TEST

START_TEST(tree_form)
{
	const char *profile = profile_of("read ALLOW; mkdir LOG");
	struct source line, tree;

	load_silently(profile, "", &line);
	load_silently(profile, "tree", &tree);
	ck_assert(line.programs[0].len != tree.programs[0].len ||
		  memcmp(line.programs[0].insns, tree.programs[0].insns,
			 line.programs[0].len * sizeof(struct sock_filter)));
	source_done(&line);
	source_done(&tree);
}
END_TEST

/* Halves of 64-bit words lie the other way round on s390x, instructions do not. */
START_TEST(big_endian)
{
	static const char profile[] =
		"defaultAction: SCMP_ACT_ERRNO\nsyscalls:\n- names: [kill]\n  action: SCMP_ACT_LOG\n"
		"  args: [{index: 1, value: 0x100000009, op: SCMP_CMP_EQ}]\n";
	struct seccomp_data record = { .nr = 37, .arch = AUDIT_ARCH_S390X, .args = { 0, 0x100000009 } };
	struct vd_stack *stack;
	struct vd_prog *prog;
	struct source source;
	int rule;

	load_silently(profile, "arch=s390x", &source);
	ck_assert_int_eq(vd_prog_new(source.programs[0].insns, source.programs[0].len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	vd_stack_set_big_endian(stack, true);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(vd_stack_run(stack, &record).ret, i ? 0x00050001 : 0x7ffc0000);
		ck_assert_uint_eq(source.policy->read(source.policy, &record, &rule),
				  i ? 0x00050001 : 0x7ffc0000);
		record.args[1] = 0x900000001;
	}
	vd_stack_free(stack);
	vd_prog_free(prog);
	source_done(&source);
}
END_TEST

/* A text with bytes changed, left out or doubled is read or refused, and nothing else happens. */
START_TEST(damaged)
{
	static const char whole[] =
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 5, \"architectures\": "
		"[\"SCMP_ARCH_X86\"],\n"
		"\"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"], \"syscalls\": [\n"
		"{\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_ALLOW\"},\n"
		"{\"names\": [\"clone\"], \"action\": \"SCMP_ACT_TRACE\", \"args\": [\n"
		"{\"index\": 0, \"value\": 2080505856, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"},\n"
		"{\"index\": 1, \"value\": 9, \"op\": \"SCMP_CMP_LE\"}]},\n"
		"{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": "
		"[\"CAP_SYS_ADMIN\"],\n"
		"\"minKernel\": \"4.8\"}}]}\n";
	struct vd_random random = { .state = (uint64_t)_i + 1 };
	char text[2 * sizeof(whole)], said[TEXT_MAX];
	size_t loaded = 0;

	for (int i = 0; i < 500; i++) {
		size_t at = vd_random_below(&random, sizeof(whole) - 1), n = vd_random_below(&random, 8);
		memcpy(text, whole, sizeof(whole));
		switch (vd_random_below(&random, 3)) {
		case 0:
			text[at] = "{}[],:\"\\0-9\n#&*!xE"[vd_random_below(&random, 18)];
			break;
		case 1:
			n = n < sizeof(whole) - 1 - at ? n : sizeof(whole) - 1 - at;
			memmove(text + at, text + at + n, sizeof(whole) - at - n);
			break;
		case 2:
			memmove(text + at + n, text + at, sizeof(whole) - at);
			break;
		}
		struct source source;
		loaded += load(text, _i & 1 ? "runtime=runc" : "", &source, said) == 0;
		source_done(&source);
	}
	ck_assert_uint_gt(loaded, 5);
	ck_assert_uint_lt(loaded, 495);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, all_forms_are_one, 1, COUNT_OF(forms));
	tcase_add_loop_test(tc, what_holds, 0, COUNT_OF(choice_rows));
	tcase_add_loop_test(tc, what_is_decided, 0, COUNT_OF(decision_rows));
	tcase_add_test(tc, rules_as_text);
	tcase_add_test(tc, boundaries_of_conditions);
	tcase_add_loop_test(tc, what_is_warned_of, 0, COUNT_OF(warning_rows));
	tcase_add_test(tc, tree_form);
	tcase_add_test(tc, big_endian);
	tcase_add_loop_test(tc, damaged, 0, 4);
}

int main(void)
{
	return run_suite("profiles", add);
}

#else

int main(void)
{
	puts("skipped: profiles: built without libseccomp");
	return 0;
}

#endif
