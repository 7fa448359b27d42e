/* SPDX-License-Identifier: MIT */
/* The table of rules: what `verdict lint --list` and `--explain` print. */
#include "loader/lint/lint.h"

#include <string.h>

const char *const lint_severity_names[] = { "error", "warning", "note" };

/* clang-format off */
const struct lint_rule lint_rules[LINT_RULES] = {
	[LINT_ARCH_UNCHECKED] = {
		"arch-unchecked", LINT_ERROR, "the number is judged without the arch",
		"A system call's number means something only together with seccomp_data.arch: 59 is "
		"execve on x86-64 and oldolduname on i386. A filter that looks at nr alone denies one "
		"ABI's calls and lets the same calls of another through.",
		"Load arch first and kill what is not the ABI whose numbers the filter holds." },
	[LINT_FOREIGN_ABI] = {
		"foreign-abi", LINT_ERROR, "an ABI that the filter does not know may run what is denied",
		"The machine runs another ABI as well (a 64-bit program gets to i386's calls with "
		"int 0x80), the filter treats it like an arch word that it has never heard of, and that "
		"falls through to ALLOW.",
		"Kill other values of arch, or write the rules for every ABI of the machine." },
	[LINT_X32_OPEN] = {
		"x32-open", LINT_ERROR, "a call denied on x86_64 runs by its x32 number",
		"x32 calls come under x86_64's arch word with bit 30 of the number set. Comparisons with "
		"plain numbers do not see them.",
		"Kill numbers from 0x40000000 on (jge #0x40000000), or write the rules for x32 too." },
	[LINT_ABI_GAP] = {
		"abi-gap", LINT_WARNING, "a call denied on one ABI runs on another that the filter knows",
		"The filter has rules for both ABIs, and a call that it denies by name on one of them is "
		"free on the other: whoever is kept from it changes the ABI.",
		"Write the rule for every ABI that may run." },
	[LINT_WRONG_ABI_NUMBER] = {
		"wrong-abi-number", LINT_WARNING, "a number seems to be another ABI's",
		"A harmless call is denied on one ABI; on the other ABI its number is a call that "
		"policies deny, and that one runs everywhere. A rule was compiled with the numbers of "
		"one ABI into the branch of the other.",
		"Use the number that the call has on each branch's own ABI." },
	[LINT_ARGUMENT_ORDER] = {
		"argument-order", LINT_ERROR, "an argument is looked for where this ABI has another",
		"clone(flags, stack, ...) is clone(stack, flags, ...) on s390 and s390x. A filter that "
		"looks at argument 0 there judges the stack's address.",
		"Test argument 1 of clone on s390 and s390x." },
	[LINT_MULTIPLEXER_OPEN] = {
		"multiplexer-open", LINT_ERROR, "a restricted call runs through socketcall or ipc",
		"socketcall and ipc are older doors to calls that have numbers of their own now. Their "
		"arguments lie behind a pointer or are shifted, so rules for the call itself do not "
		"reach them.",
		"Deny the multiplexer's sub-call (its first argument) as well." },
	[LINT_EQUIVALENT_OPEN] = {
		"equivalent-open", LINT_ERROR, "another call does what a denied one does",
		"A newer or a related call does the same thing. Where its arguments lie behind a pointer "
		"(clone3, openat2, io_uring) no filter can tell harmless uses from others.",
		"Give the other calls the same rules; those with arguments behind a pointer ENOSYS, so "
		"that libraries take the older call." },
	[LINT_HIGH_HALF_OPEN] = {
		"high-half-open", LINT_ERROR, "bits that the kernel drops let a denied value through",
		"The kernel takes fewer bits of this argument than the register has. A comparison with "
		"all 64 bits does not recognise a denied value that has something above them, and the "
		"kernel does.",
		"Compare only the bits that the kernel takes: the low half (a mask, in rules that are "
		"compiled)." },
	[LINT_HIGH_HALF_CLOSED] = {
		"high-half-closed", LINT_NOTE, "bits that the kernel drops make an allowed value be denied",
		"The kernel takes fewer bits of this argument than the filter compares. Nothing gets "
		"through by that, but a program that leaves something in the upper bits is denied what "
		"the policy allows.",
		"Compare only the bits that the kernel takes." },
	[LINT_SIGN_EXTENSION] = {
		"sign-extension", LINT_WARNING, "a negative int is judged by how the register was filled",
		"Compilers load a negative int with its sign extended to 64 bits or with zeros above it; "
		"the kernel takes both for the same value, this filter does not. AT_FDCWD is the usual "
		"victim.",
		"Compare the low half only." },
	[LINT_SIGNED_COMPARE] = {
		"signed-compare", LINT_WARNING, "a signed argument is compared as if it were unsigned",
		"Comparisons of classic BPF are unsigned: to them -1 is the largest number there is. "
		"Negative values of this argument are judged like the largest ones, not like those below "
		"the bound.",
		"Test the sign bit first (jset #0x80000000), then compare." },
	[LINT_WRONG_HALF] = {
		"wrong-half", LINT_ERROR, "a 64-bit order counts the low half where the high half decides",
		"A 64-bit number is above another when its high half is greater, or when the high halves "
		"are equal and its low half is greater. Here the low half counts for several high "
		"halves: verdicts go back and forth as the value grows.",
		"Compare the low half only where the high halves are equal." },
	[LINT_EITHER_ARGUMENT] = {
		"either-argument", LINT_WARNING, "conditions on two arguments are alternatives",
		"The call runs when one argument has an allowed value, whatever the other holds, and the "
		"other way round. Profiles' compilers that make a rule of each condition turn an 'and' "
		"into an 'or' this way.",
		"Test the second argument where the first was found right." },
	[LINT_UNKNOWN_CALLS] = {
		"unknown-calls", LINT_WARNING, "calls that do not exist yet fail with something else than ENOSYS",
		"libc tries the newest call first and falls back when the answer is ENOSYS. EPERM is an "
		"answer: it gives up, and programs break with the next libc.",
		"Return ENOSYS for numbers above those that the policy's author knew." },
	[LINT_PROBE_REFUSED] = {
		"probe-refused", LINT_WARNING, "a call that libraries try first fails with something else than ENOSYS",
		"Libraries try this call, and only on ENOSYS the older one, which the filter lets run.",
		"Return ENOSYS for it." },
	[LINT_PROBE_KILLED] = {
		"probe-killed", LINT_WARNING, "a call that libraries try first is fatal",
		"Libraries try this call, and on ENOSYS the older one, which the filter lets run. They do "
		"not live to try it.",
		"Return ENOSYS for it." },
	[LINT_NOTHING_RUNS] = {
		"nothing-runs", LINT_ERROR, "every call is denied",
		"Not even exit_group or rt_sigreturn runs under this filter, whatever the ABI.",
		"See whether the policy was empty, or its default is meant to be another." },
	[LINT_NEVER_DECIDES] = {
		"never-decides", LINT_NOTE, "a filter of the stack decides nothing",
		"There is no record for which this filter's value stands: it allows everything, or other "
		"filters of the stack are always as strong. It only costs time.",
		"Leave it out, or see what it was meant to deny." },
	[LINT_UNREACHABLE] = {
		"unreachable", LINT_NOTE, "no record reaches some instructions",
		"Dead instructions are often a jump that went astray: an offset cut to 8 bits, a rule "
		"behind one that always decides.",
		"See where the jumps before them lead." },
	[LINT_UNKNOWN_ACTION] = {
		"unknown-action", LINT_ERROR, "an action that the kernel does not know",
		"The kernel kills the process for a value whose action it does not know.",
		"Return one of the actions of seccomp(2)." },
	[LINT_MASKED_KILL] = {
		"masked-kill", LINT_ERROR, "KILL_PROCESS is masked to KILL_THREAD",
		"KILL_PROCESS is the sign bit. Masked with SECCOMP_RET_ACTION (0x7fff0000) it becomes "
		"KILL_THREAD, and the process's other threads go on.",
		"Mask with SECCOMP_RET_ACTION_FULL (0xffff0000)." },
	[LINT_IP_DEPENDENT] = {
		"ip-dependent", LINT_WARNING, "the verdict depends on where the call is made from",
		"Whoever controls a program jumps to a syscall instruction at an address that is "
		"allowed. Addresses change with every load, too.",
		"Decide by arch, nr and arguments." },
	[LINT_ERRNO_ZERO] = {
		"errno-zero", LINT_WARNING, "a call is skipped, and the program is told that it worked",
		"ERRNO with 0 returns 0 without running the call: setuid(2) seems to have dropped "
		"privileges.",
		"Return an errno, unless the program is meant to be deceived." },
	[LINT_ERRNO_CAPPED] = {
		"errno-capped", LINT_NOTE, "an errno above 4095",
		"The kernel returns 4095 for every larger errno.",
		"Return an errno that exists." },
};
/* clang-format on */

int lint_rule_by_id(const char *id, size_t len)
{
	for (int i = 0; i < LINT_RULES; i++)
		if (strlen(lint_rules[i].id) == len && !memcmp(lint_rules[i].id, id, len))
			return i;
	return -1;
}
