/* SPDX-License-Identifier: MIT */
#include "loader/exec/apply.h"
#include "loader/arena.h"
#include "loader/kernel/install.h"
#include "loader/ptrace/inject.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#define WHO "verdict exec"
#define NR_SECCOMP 317
#define NR_SECCOMP_I386 354

/* struct sock_fprog, followed by the instructions, as each kind of program has it. */
struct image {
	union {
		struct sock_fprog native;
		struct {
			uint16_t len;
			uint32_t filter;
		} compat;
	} prog;
	struct sock_filter insns[BPF_MAXINSNS];
};

static uint64_t put_program(const struct inject *inject, const struct vd_prog *prog)
{
	size_t len = vd_prog_len(prog),
	       size = offsetof(struct image, insns) + len * sizeof(struct sock_filter);
	struct image *image = calloc(1, sizeof(*image));
	uint64_t at = 0;

	if (!image)
		return 0;
	memcpy(image->insns, vd_prog_insns(prog), len * sizeof(*image->insns));
	/* the first time to learn where it comes to lie */
	at = inject_put(inject, image, size);
	if (inject->compat) {
		image->prog.compat.len = (uint16_t)len;
		image->prog.compat.filter = (uint32_t)(at + offsetof(struct image, insns));
	} else {
		image->prog.native.len = (unsigned short)len;
		image->prog.native.filter = (void *)(uintptr_t)(at + offsetof(struct image, insns));
	}
	if (at)
		at = inject_put(inject, image, size);
	free(image);
	return at;
}

/* What the filters that are there say to the next one's call, where they are asked. */
static bool is_let_through(const struct inject *inject, const struct vd_stack *there, const uint64_t args[6],
			   struct diags *diags, const struct filter_stack *stack)
{
	struct seccomp_data data = {
		.nr = inject->compat ? NR_SECCOMP_I386 : NR_SECCOMP,
		.arch = inject->compat ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64,
		.instruction_pointer = inject_ip(inject),
	};
	char text[96];

	if (inject->suspended)
		return true;
	memcpy(data.args, args, sizeof(data.args));
	struct vd_verdict verdict = vd_stack_run(there, &data);
	uint32_t action = verdict.ret & SECCOMP_RET_ACTION_FULL;
	if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG)
		return true;
	vd_action_format(verdict.ret, text, sizeof(text));
	diag_file_error(diags, WHO,
			"filter '%s' answers %s to seccomp(2), so '%s' cannot be installed on top of it",
			stack->names[verdict.filter], text, stack->names[vd_stack_len(there)]);
	diag_hint(diags,
		  "put it last, or run this as root (with CAP_SYS_ADMIN filters are suspended meanwhile)");
	return false;
}

static int install(struct inject *inject, const struct vd_prog *prog, struct vd_stack *there,
		   const struct filter_stack *stack, struct diags *diags)
{
	uint64_t args[6] = { SECCOMP_SET_MODE_FILTER, 0, put_program(inject, prog) };
	const char *name = stack->names[vd_stack_len(there)];
	int64_t result = 0;

	if (!args[2] && errno == ESRCH)
		return -ESRCH;
	if (!args[2]) {
		diag_file_error(diags, WHO, "'%s' could not be written into the command's memory", name);
		return -1;
	}
	if (!is_let_through(inject, there, args, diags, stack))
		return -1;
	int r = inject_call(inject, inject->compat ? NR_SECCOMP_I386 : NR_SECCOMP, args, &result);
	if (r == 0 && result == 0)
		return vd_stack_push(there, prog);
	if (r == -ESRCH)
		return r;
	struct kernel_installed installed = { .error = r < 0 ? -r : (int)-result };
	diag_file_error(diags, WHO, "'%s' could not be installed: %s", name,
			r < 0 ? strerror(-r) : kernel_install_explain(&installed, vd_prog_len(prog), 0));
	return -1;
}

int exec_apply(pid_t tid, const struct filter_stack *stack, struct diags *diags)
{
	struct vd_stack *there;
	struct inject inject;

	if (vd_stack_new(&there) < 0)
		out_of_memory();
	int r = inject_begin(tid, true, &inject);
	if (r < 0) {
		if (r != -ESRCH)
			diag_file_error(diags, WHO, "filters cannot be put on the command: %s", strerror(-r));
		vd_stack_free(there);
		return r == -ESRCH ? r : -1;
	}
	for (size_t i = 0; i < stack->n && r == 0; i++)
		r = install(&inject, vd_stack_prog(stack->stack, i), there, stack, diags);
	int back = inject_end(&inject);
	if (back < 0 && r == 0) {
		if (back != -ESRCH)
			diag_file_error(diags, WHO, "the command could not be put back where it was: %s",
					strerror(-back));
		r = back;
	}
	vd_stack_free(there);
	return r == -ESRCH || r == 0 ? r : -1;
}
