/* SPDX-License-Identifier: MIT */
/* The leaves of expressions: constants, arguments by name, words of the record. */
#include "loader/rules/bind.h"
#include "loader/expr/lex.h"

#include <string.h>

static bool is_x86(int abi)
{
	return abi == VD_ABI_X86_64 || abi == VD_ABI_I386 || abi == VD_ABI_X32;
}

/* The name without the parentheses that a node's place has around it. */
static struct span name_span(const struct expr *expr, const struct expr_node *node)
{
	const char *data = expr->text->data;
	struct span name = span_of(expr->text, node->op_off, 0);

	while (name.off + name.len < node->off + node->len && is_word(data[name.off + name.len]))
		name.len++;
	return name;
}

int bind_constant(struct binder *binder, int i)
{
	struct pred_node *node = &binder->nodes[i];
	struct span where = span_at(binder, i);

	if (expr_fold_node(binder->expr, (size_t)i, binder->subject->search ? EXPR_SEARCH : 0, binder->diags,
			   binder->values) < 0)
		return -1;
	*node = typed(EXPR_INT, 0, false);
	if (!binder->values[i].varies || binder->subject->search || is_x86(binder->subject->abi))
		return 0;
	const struct vd_abi_info *info = vd_abi_info(binder->subject->abi);
	diag_error(binder->diags, &where,
		   "the value of '%.*s' on %s is not known: it differs between architectures",
		   length_at(binder, i), text_at(binder, i), info ? info->name : "this architecture");
	diag_hint(binder->diags, "write the number");
	return -1;
}

static int unknown_name(struct binder *binder, const struct span *name)
{
	const char *word = name->text->data + name->off, *candidates[ARGS_MAX], *near[3];
	const struct pred_subject *subject = binder->subject;
	const char *call = subject->has_nr ? vd_syscall_name(subject->abi, subject->nr) : NULL;
	bool lower = *word >= 'a' && *word <= 'z';

	int abi = vd_abi_by_name(word, name->len);
	if (abi != VD_ABI_NONE) {
		diag_error(binder->diags, name, "'%.*s' is the name of an ABI, not of a number",
			   (int)name->len, word);
		diag_hint(binder->diags,
			  "its arch word is 0x%08x, which has an AUDIT_ARCH_ name; 'arch:' takes ABIs",
			  vd_abi_info(abi)->audit_arch);
		return -1;
	}
	if (!lower || !call) {
		expr_unknown_name(name, binder->diags);
		if (lower)
			diag_hint(binder->diags, "without a call's name the arguments are arg0 to arg5");
		return -1;
	}
	if (binder->n_args < 0) {
		diag_error(binder->diags, name, "the names of %s's arguments on %s are not known", call,
			   vd_abi_info(subject->abi)->name);
		diag_hint(binder->diags, "write arg0 to arg5");
		return -1;
	}
	for (int i = 0; i < binder->n_args; i++)
		candidates[i] = binder->args[i].name;
	diag_error(binder->diags, name, "'%.*s' is no argument of %s on %s",
		   (int)(name->len < SHOWN_MAX ? name->len : SHOWN_MAX), word, call,
		   vd_abi_info(subject->abi)->name);
	size_t n = vd_near(word, name->len, candidates, (size_t)binder->n_args, near, 3);
	if (n) {
		diag_hint_names(binder->diags, near, n);
	} else if (binder->n_args) {
		char list[160] = "";
		for (int i = 0; i < binder->n_args; i++) {
			size_t used = strlen(list);
			snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", candidates[i]);
		}
		diag_hint(binder->diags, "its arguments are %s", list);
	} else {
		diag_hint(binder->diags, "it has none; the registers are arg0 to arg5");
	}
	return -1;
}

int bind_name(struct binder *binder, int i)
{
	struct span name = name_span(binder->expr, &binder->expr->nodes[i]);
	const char *word = name.text->data + name.off;

	for (int arg = 0; arg < binder->n_args; arg++) {
		const struct vd_arg *info = &binder->args[arg];
		if (strlen(info->name) != name.len || memcmp(info->name, word, name.len))
			continue;
		binder->nodes[i] = typed(EXPR_FIELD, info->bits, info->is_signed);
		binder->nodes[i].field = EXPR_ARG0 + arg;
		return 0;
	}
	if (binder->subject->search || vd_const_by_name(word, name.len) || vd_errno_by_name(word, name.len))
		return bind_constant(binder, i);
	return unknown_name(binder, &name);
}

/* prctl's arguments are called arg2 to arg5 by the kernel: register 1 is its arg2. */
static void warn_of_registers(struct binder *binder, int i, enum expr_field field)
{
	struct span where = span_at(binder, i);
	char name[] = { 'a', 'r', 'g', (char)('0' + field), '\0' };

	for (int arg = 0; field <= EXPR_ARG0 + 5 && arg < binder->n_args; arg++) {
		if (strcmp(binder->args[arg].name, name) != 0 || arg == (int)field)
			continue;
		diag_warning(binder->diags, &where, "%s is register %d, not the argument that %s calls %s",
			     name, (int)field, vd_syscall_name(binder->subject->abi, binder->subject->nr),
			     name);
		diag_hint(binder->diags, "that one is arg%d", arg);
	}
}

int bind_field(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];
	struct span where = span_at(binder, i);
	enum expr_field field = (enum expr_field)node->value;

	if (field >= EXPR_RET_ACTION && binder->subject->search) {
		uint32_t ret = binder->subject->ret;
		binder->nodes[i] = typed(EXPR_INT, 32, false);
		binder->nodes[i].value = field == EXPR_RET_ACTION ? ret & SECCOMP_RET_ACTION_FULL
					 : field == EXPR_RET_DATA ? ret & SECCOMP_RET_DATA
								  : ret;
		return 0;
	}
	if (field >= EXPR_RET_ACTION) {
		diag_error(binder->diags, &where, "there is no verdict yet to speak of");
		diag_hint(binder->diags, "ret.action and ret.data are for searches");
		return -1;
	}
	warn_of_registers(binder, i, field);
	/* struct seccomp_data: int nr; __u32 arch; the rest __u64. */
	bool word = field == EXPR_NR || field == EXPR_ARCH || node->half != EXPR_WHOLE;
	binder->nodes[i] = typed(EXPR_FIELD, word ? 32 : 64, field == EXPR_NR);
	binder->nodes[i].field = field;
	binder->nodes[i].half = node->half;
	return 0;
}
