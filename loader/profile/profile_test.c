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
	ck_assert_int_eq(r < 0, diags.errors > 0);
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

#define READ "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}"
#define ERRNO_5 "\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 5"

/* One profile in all the forms that it can have. */
static const char *const forms[] = {
	"{" ERRNO_5 ", \"syscalls\": [" READ "]}",
	"{" ERRNO_5 ", \"syscalls\": [{\"name\": \"read\", \"action\": \"SCMP_ACT_ALLOW\", \"args\": null}]}",
	"{" ERRNO_5 ", \"architectures\": [], \"archMap\": null, \"flags\": null, \"syscalls\": [{\"names\": [\"read\"], "
	"\"action\": \"SCMP_ACT_ALLOW\", \"args\": [], \"comment\": \"x\", \"includes\": {}, \"excludes\": null}]}",
	"{" ERRNO_5 ", \"architectures\": [\"SCMP_ARCH_X86_64\"], \"syscalls\": [" READ "]}",
	"{" ERRNO_5 ", \"archMap\": [{\"architecture\": \"SCMP_ARCH_AARCH64\", \"subArchitectures\": [\"SCMP_ARCH_ARM\"]}, "
	"{\"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": null}], \"syscalls\": [" READ "]}",
	"{" ERRNO_5 ", \"archMap\": [{\"architecture\": \"SCMP_ARCH_AARCH64\", \"subArchitectures\": [\"SCMP_ARCH_ARM\"]}], "
	"\"syscalls\": [" READ "]}",
	"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"EIO\", \"syscalls\": [" READ "]}",
	"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 0x5, \"defaultErrno\": \"\", \"syscalls\": [" READ "]}",
	"{" ERRNO_5 ", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"], \"listenerPath\": \"/run/s\", \"listenerMetadata\": \"\", "
	"\"syscalls\": [" READ "]}",
	"{" ERRNO_5 ", \"syscalls\": [" READ ", {\"names\": [\"write\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 5}]}",
	"{\"ociVersion\": \"1.0.2\", \"linux\": {\"seccomp\": {" ERRNO_5 ", \"syscalls\": [" READ "]}}}",
	"defaultAction: SCMP_ACT_ERRNO\ndefaultErrnoRet: 5\nsyscalls:\n- names: [read]\n  action: SCMP_ACT_ALLOW\n",
	"apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\nmetadata:\n  name: x\nspec:\n"
	"  defaultAction: SCMP_ACT_ERRNO\n  defaultErrnoRet: 5\n  syscalls:\n  - action: SCMP_ACT_ALLOW\n    names:\n"
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

#define ENTRY(name, conditions) "{\"names\": [\"" name "\"], \"action\": \"SCMP_ACT_ALLOW\", " conditions "}"
static const char choices[] =
	"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
	ENTRY("chroot", "\"includes\": {\"caps\": [\"CAP_SYS_CHROOT\"]}") ","
	ENTRY("mknod", "\"includes\": {\"caps\": [\"CAP_MKNOD\"]}") ","
	ENTRY("bpf", "\"includes\": {\"caps\": [\"CAP_BPF\", \"CAP_PERFMON\"]}") ","
	ENTRY("dup", "\"excludes\": {\"caps\": [\"CAP_BPF\", \"CAP_KILL\"]}") ","
	ENTRY("ptrace", "\"includes\": {\"minKernel\": \"4.8\"}") ","
	ENTRY("kcmp", "\"excludes\": {\"minKernel\": \"4.8\"}") ","
	ENTRY("arch_prctl", "\"includes\": {\"arches\": [\"amd64\", \"x32\"]}") ","
	ENTRY("cacheflush", "\"includes\": {\"arches\": [\"arm\", \"arm64\"]}") ","
	ENTRY("iopl", "\"excludes\": {\"arches\": [\"amd64\"]}") "]}";

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

#define ARG(index, value, two, op) \
	"{\"index\": " #index ", \"value\": " #value ", \"valueTwo\": " #two ", \"op\": \"SCMP_CMP_" op "\"}"
#define RULE(name, action, args) "{\"names\": [\"" name "\"], \"action\": \"SCMP_ACT_" action "\", \"args\": [" args "]}"
#define ON_ALL "\"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"], "
#define PROFILE(rules) "{\"defaultAction\": \"SCMP_ACT_ERRNO\", " ON_ALL "\"syscalls\": [" rules "]}"
#define X32 0x40000000

/* What the text says and what the filter does; other where that is not the same. */
static const struct {
	const char *profile;
	uint32_t arch;
	int nr;
	uint64_t args[6];
	uint32_t written, compiled;
	int rule;
} decision_rows[] = {
	{ PROFILE(RULE("kill", "LOG", ARG(1, 9, 0, "EQ"))), AUDIT_ARCH_X86_64, 62, { 1, 9 }, 0x7ffc0000, 0x7ffc0000, 0 },
	{ PROFILE(RULE("kill", "LOG", ARG(1, 9, 0, "EQ"))), AUDIT_ARCH_X86_64, 62, { 1, 8 }, 0x00050001, 0x00050001, -1 },
	{ PROFILE(RULE("kill", "LOG", ARG(1, 9, 0, "EQ"))), AUDIT_ARCH_X86_64, 62, { 1, 0x100000009 }, 0x00050001, 0x00050001, -1 },
	/* the i386 entry code drops the upper half */
	{ PROFILE(RULE("kill", "LOG", ARG(1, 9, 0, "EQ"))), AUDIT_ARCH_I386, 37, { 1, 0x100000009 }, 0x7ffc0000, 0x7ffc0000, 0 },
	/* on x32 an int is 32 bits, a length is not: the filter looks at 32 bits of both */
	{ PROFILE(RULE("kill", "LOG", ARG(1, 9, 0, "EQ"))), AUDIT_ARCH_X86_64, X32 | 62, { 1, 0x100000009 }, 0x7ffc0000, 0x7ffc0000, 0 },
	{ PROFILE(RULE("munmap", "LOG", ARG(1, 9, 0, "EQ"))), AUDIT_ARCH_X86_64, X32 | 11, { 1, 0x100000009 }, 0x00050001, 0x7ffc0000, -1 },
	/* both conditions must hold: runtimes take them apart where they are about one argument */
	{ PROFILE(RULE("kill", "LOG", ARG(0, 5, 0, "GE") "," ARG(1, 9, 0, "EQ"))), AUDIT_ARCH_X86_64, 62, { 4, 9 }, 0x00050001, 0x00050001, -1 },
	{ PROFILE(RULE("kill", "LOG", ARG(1, 5, 0, "GE") "," ARG(1, 9, 0, "LE"))), AUDIT_ARCH_X86_64, 62, { 0, 7 }, 0x7ffc0000, 0x7ffc0000, 0 },
	{ PROFILE(RULE("kill", "LOG", ARG(1, 5, 0, "GE") "," ARG(1, 9, 0, "LE"))), AUDIT_ARCH_X86_64, 62, { 0, 10 }, 0x00050001, 0x7ffc0000, -1 },
	/* the mask is taken of both sides */
	{ PROFILE(RULE("unshare", "LOG", ARG(0, 12, 4, "MASKED_EQ"))), AUDIT_ARCH_X86_64, 272, { 0xfffffff7 }, 0x7ffc0000, 0x7ffc0000, 0 },
	{ PROFILE(RULE("unshare", "LOG", ARG(0, 12, 4, "MASKED_EQ"))), AUDIT_ARCH_X86_64, 272, { 8 }, 0x00050001, 0x00050001, -1 },
	{ PROFILE(RULE("unshare", "LOG", ARG(0, 12, 7, "MASKED_EQ"))), AUDIT_ARCH_X86_64, 272, { 4 }, 0x7ffc0000, 0x7ffc0000, 0 },
	/* the strongest, then the first */
	{ PROFILE(RULE("kill", "LOG", ARG(1, 9, 0, "EQ")) "," RULE("kill", "TRAP", ARG(0, 1, 0, "EQ"))), AUDIT_ARCH_X86_64, 62, { 1, 8 }, 0x00030000, 0x00030000, 1 },
	{ PROFILE(RULE("kill", "LOG", ARG(0, 9, 0, "EQ")) "," RULE("kill", "LOG", ARG(0, 9, 0, "EQ"))), AUDIT_ARCH_X86_64, 62, { 9, 8 }, 0x7ffc0000, 0x7ffc0000, 0 },
	/* what the profile does not name */
	{ PROFILE(RULE("kill", "LOG", "")), AUDIT_ARCH_AARCH64, 129, { 0 }, 0, 0, -1 },
	{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": []}", AUDIT_ARCH_X86_64, X32 | 1, { 0 }, 0, 0, -1 },
	{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": []}", AUDIT_ARCH_X86_64, 1, { 0 }, 0x7fff0000, 0x7fff0000, -1 },
	/* data: EPERM where nothing is said */
	{ PROFILE(RULE("kill", "TRACE", "")), AUDIT_ARCH_X86_64, 62, { 0 }, 0x7ff00001, 0x7ff00001, 0 },
	{ "{\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\", \"syscalls\": [{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 0}]}",
	  AUDIT_ARCH_X86_64, 62, { 0 }, 0x00050000, 0x00050000, 0 },
	{ "{\"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": [{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_ERRNO\", \"errno\": \"EINVAL\", \"errnoRet\": 22}]}",
	  AUDIT_ARCH_X86_64, 62, { 0 }, 0x00050016, 0x00050016, 0 },
};

START_TEST(what_is_decided)
{
	struct seccomp_data record = { .nr = decision_rows[_i].nr, .arch = decision_rows[_i].arch };
	char said[TEXT_MAX];
	struct source source;
	struct vd_prog *prog;
	int rule;

	memcpy(record.args, decision_rows[_i].args, sizeof(record.args));
	ck_assert_msg(load(decision_rows[_i].profile, "", &source, said) == 0, "%s", said);
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
	static const char profile[] = PROFILE(
		"{\"names\": [\"socket\", \"socketpair\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 97, \"args\": ["
		ARG(0, 40, 0, "EQ") "," ARG(2, 1, 0, "NE") "]}," RULE("clone", "ALLOW", ARG(0, 0x7e020000, 0, "MASKED_EQ")) ","
		RULE("read", "ALLOW", "") "," RULE("dup2", "LOG", ARG(1, 1, 0, "GT") "," ARG(0, 2, 0, "LE")));
	static const char *const wanted[] = {
		"socket: arg0 == 40 && arg2 != 1 -> ERRNO(EAFNOSUPPORT)",
		"socketpair: arg0 == 40 && arg2 != 1 -> ERRNO(EAFNOSUPPORT)",
		"clone: (arg0 & 0x7e020000) == 0x0 -> ALLOW",
		"read -> ALLOW",
		"dup2: arg1 > 1 && arg0 <= 2 -> LOG",
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
	static const char profile[] = PROFILE(RULE("kill", "LOG", ARG(0, 0x100000005, 0, "LT") "," ARG(3, 0xff00, 0x1200, "MASKED_EQ")));
	static const uint64_t around[] = { 0x100000004, 0x100000005, 0x100000006, 4, 5, 6, 0x200000005 },
			      masked[] = { 0x1200, 0xffffffffffff12ff, 0x1300, 0x9200, 0x100001200, 0, UINT64_MAX };
	struct source source;
	uint64_t values[128];
	size_t n;

	load_silently(profile, "", &source);
	n = source.policy->boundaries(source.policy, 0, VD_ABI_X86_64, 0, values, COUNT_OF(values));
	for (size_t i = 0; i < COUNT_OF(around); i++)
		ck_assert_msg(has_value(values, n, around[i]), "%#llx", (unsigned long long)around[i]);
	ck_assert_uint_ge(source.policy->boundaries(source.policy, 0, VD_ABI_X86_64, 0, values, 2), n);
	n = source.policy->boundaries(source.policy, 0, VD_ABI_X86_64, 3, values, COUNT_OF(values));
	for (size_t i = 0; i < COUNT_OF(masked); i++)
		ck_assert_msg(has_value(values, n, masked[i]), "%#llx", (unsigned long long)masked[i]);
	ck_assert_uint_eq(source.policy->boundaries(source.policy, 0, VD_ABI_X86_64, 1, values, COUNT_OF(values)), 0);
	source_done(&source);
}
END_TEST

/* -------------------------------------------------------------- what is said */

static const struct {
	const char *profile, *options;
	const char *said; /* part of it */
} warning_rows[] = {
	{ PROFILE(RULE("raed", "ALLOW", "")), "", "warning: unknown system call 'raed': runtimes skip it" },
	{ PROFILE(RULE("raed", "ALLOW", "")), "", "did you mean 'read'" },
	{ PROFILE(RULE("x86_64.read", "ALLOW", "")), "", "unknown system call 'x86_64.read'" },
	{ PROFILE(RULE("kill", "LOG", ARG(1, 5, 0, "GE") "," ARG(1, 9, 0, "LE"))), "", "warning: argument 1 is compared twice" },
	{ PROFILE(RULE("kill", "LOG", ARG(1, 4, 7, "MASKED_EQ"))), "", "warning: 'valueTwo' has bits that the mask" },
	{ "{\"defaultAction\": \"SCMP_ACT_KILL\", \"defaultErrnoRet\": 1}", "", "warning: an errno has no meaning" },
	{ "{\"defaultAction\": \"SCMP_ACT_KILL\", \"defaultErrnoRet\": 1}", "runtime=runc", "warning: an errno has no meaning" },
	{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 1, \"defaultErrno\": \"ENOSYS\"}", "", "warning: 'defaultErrno' and 'defaultErrnoRet' differ" },
	{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" ENTRY("bpf", "\"includes\": {\"caps\": [\"BPF\"]}") "]}", "", "write CAP_BPF" },
	{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" ENTRY("bpf", "\"includes\": {\"arches\": [\"x86_64\"]}") "]}", "", "write amd64" },
};

START_TEST(what_is_warned_of)
{
	char said[TEXT_MAX];
	struct source source;

	ck_assert_int_eq(load(warning_rows[_i].profile, warning_rows[_i].options, &source, said), 0);
	ck_assert_msg(strstr(said, warning_rows[_i].said) != NULL, "%s", said);
	ck_assert_uint_eq(source.n, 1);
	source_done(&source);
}
END_TEST

START_TEST(tree_form)
{
	static const char profile[] = PROFILE(RULE("read", "ALLOW", "") "," RULE("mkdir", "LOG", ""));
	struct source line, tree;

	load_silently(profile, "", &line);
	load_silently(profile, "tree", &tree);
	ck_assert(line.programs[0].len != tree.programs[0].len ||
		  memcmp(line.programs[0].insns, tree.programs[0].insns, line.programs[0].len * sizeof(struct sock_filter)));
	source_done(&line);
	source_done(&tree);
}
END_TEST

/* Halves of 64-bit words lie the other way round on s390x, instructions do not. */
START_TEST(big_endian)
{
	static const char profile[] = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
				      RULE("kill", "LOG", ARG(1, 0x100000009, 0, "EQ")) "]}";
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
		ck_assert_uint_eq(source.policy->read(source.policy, &record, &rule), i ? 0x00050001 : 0x7ffc0000);
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
		"{" ERRNO_5 ", " ON_ALL "\"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"], \"syscalls\": [" READ ","
		RULE("clone", "ALLOW", ARG(0, 2080505856, 0, "MASKED_EQ") "," ARG(1, 9, 0, "LE")) ","
		ENTRY("bpf", "\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"], \"minKernel\": \"4.8\"}") "]}";
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
