/* SPDX-License-Identifier: MIT */
/* What a stack does with each call of each ABI of the machine. */
#include "loader/lint/lint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ABI(name) (1u << VD_ABI_##name)

/* ABIs that one kernel offers together (arch/ * /Kconfig: COMPAT). */
static const uint32_t machines[] = {
	ABI(X86_64) | ABI(I386) | ABI(X32),
	ABI(AARCH64) | ABI(ARM),
	ABI(RISCV64) | ABI(RISCV32),
	ABI(S390X) | ABI(S390),
	ABI(PPC64) | ABI(PPC),
	ABI(MIPS64) | ABI(MIPS) | ABI(MIPS64N32),
	ABI(MIPSEL64) | ABI(MIPSEL) | ABI(MIPSEL64N32),
	ABI(PARISC64) | ABI(PARISC),
};

uint32_t lint_machine(int abi)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		if (machines[i] >> abi & 1)
			return machines[i];
	return 1u << abi;
}

/* Calls that policies deny for what they do; each name needs a capability, or acts on other processes. */
static const char *const privileged[] = {
	"acct",
	"add_key",
	"adjtimex",
	"bpf",
	"chroot",
	"clock_adjtime",
	"clock_settime",
	"create_module",
	"delete_module",
	"finit_module",
	"fsconfig",
	"fsmount",
	"fsopen",
	"fspick",
	"get_kernel_syms",
	"init_module",
	"io_uring_setup",
	"ioperm",
	"iopl",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mount",
	"mount_setattr",
	"move_mount",
	"nfsservctl",
	"open_by_handle_at",
	"open_tree",
	"perf_event_open",
	"pivot_root",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"query_module",
	"quotactl",
	"reboot",
	"request_key",
	"setdomainname",
	"sethostname",
	"setns",
	"settimeofday",
	"stime",
	"swapoff",
	"swapon",
	"syslog",
	"umount",
	"umount2",
	"unshare",
	"uselib",
	"userfaultfd",
	"vhangup",
};

bool lint_privileged(const char *name)
{
	for (size_t i = 0; i < sizeof(privileged) / sizeof(*privileged); i++)
		if (!strcmp(privileged[i], name))
			return true;
	return false;
}

/* ------------------------------------------------------------------ */

static bool may(struct lint *lint, int abi, uint32_t nr, const struct vd_values *values, bool *unknown)
{
	struct vd_pair pair = lint_about(abi, nr);
	struct seccomp_data record;

	pair.a_gives = *values;
	bool found = lint_ask(lint, LINT_EQUIVALENT_OPEN, abi, &pair, false, &record);
	*unknown |= lint->spent;
	return found;
}

/* Almost every call is decided by arch and nr alone: then the machine's answer is for all its records. */
static void settle(struct lint *lint, int abi, struct lint_call *call)
{
	struct seccomp_data data = { .nr = (int)call->nr, .arch = vd_abi_info(abi)->audit_arch };
	struct vd_verdict verdict;
	bool unknown = false;

	call->by_args = vd_stack_run_open(lint_stack(lint, abi), &data, 0xfffc, &verdict) >= 0;
	if (call->by_args) {
		call->may = (uint8_t)((may(lint, abi, call->nr, &lint_runs, &unknown) ? MAY_RUN : 0) |
				      (may(lint, abi, call->nr, &lint_denied, &unknown) ? MAY_DENY : 0) |
				      (may(lint, abi, call->nr, &lint_asks, &unknown) ? MAY_ASK : 0));
		call->may |= unknown ? MAY_UNKNOWN : 0;
		return;
	}
	lint_decide(lint, abi, &data);
	call->ret = verdict.ret;
	call->may = lint_is_run(verdict.ret) ? MAY_RUN : lint_is_denied(verdict.ret) ? MAY_DENY : MAY_ASK;
}

/* Whether a number that no one has a name for runs. */
static bool runs_unnamed(struct lint *lint, int abi, uint32_t nr)
{
	struct lint_call call = { .nr = nr };

	settle(lint, abi, &call);
	return call.may & MAY_RUN;
}

static bool is_denylist(struct lint *lint, const struct lint_view *view)
{
	uint32_t last = view->calls[view->n - 1].nr;

	for (size_t i = 1; i < view->n; i++)
		if (view->calls[i].nr > view->calls[i - 1].nr + 1) {
			if (runs_unnamed(lint, view->abi, view->calls[i - 1].nr + 1))
				return true;
			break;
		}
	return runs_unnamed(lint, view->abi, last + 1000);
}

static int fill(struct lint *lint, int abi)
{
	struct lint_view *view = &lint->views[abi];

	view->abi = abi;
	view->audit_arch = vd_abi_info(abi)->audit_arch;
	view->n = vd_abi_syscalls(abi);
	view->calls = view->n ? calloc(view->n, sizeof(*view->calls)) : NULL;
	if (!view->calls)
		return view->n ? -ENOMEM : 0;
	for (size_t i = 0; i < view->n; i++) {
		view->calls[i].nr = vd_abi_syscall_at(abi, i);
		view->calls[i].name = vd_syscall_name(abi, view->calls[i].nr);
		settle(lint, abi, &view->calls[i]);
		view->used |= view->calls[i].may & MAY_RUN;
	}
	view->denylist = is_denylist(lint, view);
	return 0;
}

/* ------------------------------------------------------------------ */

/* Whether k is a constant of some instruction. */
static bool has_constant(const struct lint *lint, uint32_t k)
{
	for (size_t i = 0; i < vd_stack_len(lint->stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(lint->stack, i);
		for (size_t pc = 0; pc < prog->len; pc++)
			if (prog->code[pc].k == k)
				return true;
	}
	return false;
}

/* An arch word that is nobody's, and that no filter speaks of. */
static uint32_t nobodys_arch(const struct lint *lint)
{
	uint32_t arch = 1;

	while (has_constant(lint, arch))
		arch++;
	return arch;
}

static bool loads(const struct lint *lint, uint32_t offset)
{
	for (size_t i = 0; i < vd_stack_len(lint->stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(lint->stack, i);
		for (size_t pc = 0; pc < prog->len; pc++)
			if (prog->code[pc].op == VD_OP_LD_ABS && prog->code[pc].k == offset)
				return true;
	}
	return false;
}

/* Whether the arch may be used otherwise than compared for equality with constants. */
static bool arch_is_computed(const struct lint *lint)
{
	bool computed = false;

	for (size_t i = 0; i < vd_stack_len(lint->stack) && !computed; i++) {
		const struct vd_prog *prog = vd_stack_prog(lint->stack, i);
		struct vd_fact *facts = calloc(prog->len, sizeof(*facts));
		if (!facts)
			return true;
		vd_prog_facts(prog, facts);
		for (size_t pc = 0; pc < prog->len; pc++) {
			unsigned op = prog->code[pc].op;
			computed |= facts[pc].word == 1 && op != VD_OP_JEQ_K && op != VD_OP_JA &&
				    op != VD_OP_RET_K && op != VD_OP_LD_ABS && op != VD_OP_LD_IMM;
		}
		free(facts);
	}
	return computed;
}

/* Whether some record of the ABI is decided otherwise than under nobody's arch word. */
static bool told_apart(struct lint *lint, int abi, uint32_t nobody)
{
	struct vd_pair pair = { .differ = true };
	struct seccomp_data record;

	vd_pattern_word(&pair.in, 1, UINT32_MAX, vd_abi_info(abi)->audit_arch);
	if (abi == VD_ABI_X86_64)
		vd_pattern_word(&pair.in, 0, 1u << 30, 0);
	if (vd_abi_info(abi)->nr_bit)
		vd_pattern_word(&pair.in, 0, 3u << 30, 1u << 30);
	vd_pattern_word(&pair.change, 1, UINT32_MAX, nobody);
	return lint_ask(lint, LINT_FOREIGN_ABI, abi, &pair, true, &record);
}

static bool same_arch(int a, int b)
{
	return vd_abi_info(a)->audit_arch == vd_abi_info(b)->audit_arch;
}

int lint_views(struct lint *lint)
{
	uint32_t nobody = nobodys_arch(lint), known = 0, seen = 0;
	bool computed = arch_is_computed(lint);

	for (int abi = 0; loads(lint, 4) && abi < VD_ABI_COUNT; abi++)
		if ((computed || has_constant(lint, vd_abi_info(abi)->audit_arch)) &&
		    told_apart(lint, abi, nobody))
			known |= 1u << abi;
	lint->arch_matters = known != 0;
	if (!known)
		known = ABI(X86_64);
	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		if (known >> abi & 1)
			seen |= lint_machine(abi);
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		if (!(seen >> abi & 1))
			continue;
		/* x32 and x86_64 share an arch word: who knows one has met the other */
		for (int other = 0; other < VD_ABI_COUNT; other++)
			lint->views[abi].known |= (known >> other & 1) && same_arch(abi, other);
		int r = fill(lint, abi);
		if (r < 0)
			return r;
	}
	return 0;
}

void lint_views_done(struct lint *lint)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		free(lint->views[abi].calls);
}

const struct lint_view *lint_view(const struct lint *lint, int abi)
{
	return lint->views[abi].calls ? &lint->views[abi] : NULL;
}

const struct lint_call *lint_call(const struct lint_view *view, const char *name)
{
	uint32_t nr;

	if (!view || vd_syscall_number(view->abi, name, strlen(name), &nr) < 0)
		return NULL;
	for (size_t lo = 0, hi = view->n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		if (view->calls[mid].nr == nr)
			return &view->calls[mid];
		if (view->calls[mid].nr < nr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
