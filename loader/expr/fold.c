/* SPDX-License-Identifier: MIT */
/* The value of a constant expression, and of an action. */
#include "loader/expr/lex.h"

#include <stdlib.h>
#include <string.h>

#define NEAR 3

/* With the nearest names of all kinds that may stand here. False: there are none. */
static bool unknown_name(const struct span *where, unsigned flags, struct diags *diags)
{
	static const struct {
		enum vd_name_kind kind;
		unsigned flag; /* 0: everywhere */
	} kinds[] = { { VD_NAME_CONST, 0 },
		      { VD_NAME_ERRNO, 0 },
		      { VD_NAME_ACTION, EXPR_ACTIONS },
		      { VD_NAME_ABI, EXPR_ABIS } };
	static const char *const fields[] = { "nr",   "arch", "ip",   "arg0", "arg1",
					      "arg2", "arg3", "arg4", "arg5", "ret" };
	const char *word = span_bytes(where), *names[5 * NEAR], *near[NEAR];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if ((flags & kinds[i].flag) == kinds[i].flag)
			n += vd_names_near(kinds[i].kind, VD_ABI_NONE, word, where->len, names + n, NEAR);
	if (flags & EXPR_VERDICT)
		n += vd_near(word, where->len, fields, sizeof(fields) / sizeof(*fields), names + n, NEAR);
	diag_error(diags, where, "unknown %s '%.*s'",
		   flags & EXPR_ACTIONS ? "constant or action" : "constant",
		   (int)(where->len < 64 ? where->len : 64), word);
	n = vd_near(word, where->len, names, n, near, NEAR);
	diag_hint_names(diags, near, n);
	return n > 0;
}

bool expr_is_action(const struct span *where, struct diags *diags)
{
	const char *word = span_bytes(where);
	uint32_t action;

	if (vd_action_by_name(word, where->len, &action) < 0)
		return false;
	diag_error(diags, where, "'%.*s' is an action, not a value", (int)where->len, word);
	diag_hint(diags, "in rules an action stands behind '->': '1 -> %.*s%s' for every call",
		  (int)where->len, word, action == SECCOMP_RET_ERRNO ? "(EPERM)" : "");
	return true;
}

void expr_unknown_name(const struct span *where, struct diags *diags)
{
	if (!expr_is_action(where, diags))
		(void)unknown_name(where, 0, diags);
}

static struct expr_value value_of_const(const struct vd_const *constant)
{
	return (struct expr_value){ constant->value, constant->is_signed, constant->varies };
}

/* What may also be named where the flags say so: actions and ABIs. */
static bool other_name(const struct span *where, unsigned flags, struct expr_value *ret_value)
{
	const char *word = span_bytes(where);
	uint32_t action;
	int abi;

	if ((flags & EXPR_ACTIONS) && vd_action_by_name(word, where->len, &action) == 0) {
		*ret_value = (struct expr_value){ .bits = action };
		return true;
	}
	abi = flags & EXPR_ABIS ? vd_abi_by_name(word, where->len) : VD_ABI_NONE;
	if (abi == VD_ABI_NONE)
		return false;
	*ret_value = (struct expr_value){ .bits = vd_abi_info(abi)->audit_arch };
	return true;
}

static int fold_name(const struct span *where, unsigned flags, struct diags *diags,
		     struct expr_value *ret_value)
{
	const char *word = span_bytes(where);
	const struct vd_const *constant = vd_const_by_name(word, where->len);
	uint32_t nr;

	if (!constant)
		constant = vd_errno_by_name(word, where->len);
	if (constant) {
		*ret_value = value_of_const(constant);
		return 0;
	}
	if (other_name(where, flags, ret_value))
		return 0;
	bool near = unknown_name(where, flags, diags);
	if ((flags & EXPR_ABIS) && vd_syscall_number(VD_ABI_X86_64, word, where->len, &nr) == 0)
		diag_hint(diags, "write x86_64.%.*s for the system call's number", (int)where->len, word);
	else if ((flags & EXPR_VERDICT) && !near)
		diag_hint(diags, "the arguments are arg0 to arg5, and there are nr, arch, ip, ret, "
				 "ret.action and ret.data");
	return -1;
}

/* ABI.NAME */
static int fold_qualified(const struct span *where, struct diags *diags, struct expr_value *ret_value)
{
	const char *word = span_bytes(where), *dot = memchr(word, '.', where->len);
	size_t abi_len = (size_t)(dot - word);
	struct span abi_span = span_trim(span_of(where->text, where->off, abi_len));
	struct span name = span_trim(
		span_of(where->text, where->off + abi_len + 1, where->len - abi_len - 1));
	uint32_t arch, nr;
	int abi;

	if (expr_arch(&abi_span, diags, &abi, &arch) < 0 || expr_syscall(&name, abi, diags, &nr) < 0)
		return -1;
	*ret_value = (struct expr_value){ .bits = nr };
	return 0;
}

static int not_constant(const struct span *where, struct diags *diags)
{
	diag_error(diags, where, "a constant is meant here, not '%.*s'",
		   (int)(where->len < 64 ? where->len : 64), span_bytes(where));
	diag_hint(diags, "constants are numbers and names, joined by | ^ & << >> ~");
	return -1;
}

static int too_wide(const struct span *where, struct diags *diags)
{
	diag_error(diags, where, "the value does not fit 64 bits");
	return -1;
}

/*
 * Values behave as integers of any width: a negative one has ones above its
 * 64 bits. A result that would need a 65th bit is one of plain 64 bits.
 */
static bool sign_of(uint64_t bits, bool negative)
{
	return negative && bits >> 63;
}

static int fold_neg(const struct span *where, struct diags *diags, struct expr_value *value)
{
	if (!value->negative && value->bits > (uint64_t)1 << 63)
		return too_wide(where, diags);
	value->negative = !value->negative && value->bits;
	value->bits = -value->bits;
	return 0;
}

static int fold_shift(enum expr_op op, const struct span *where, struct diags *diags,
		      struct expr_value *value, unsigned count)
{
	if (op == EXPR_SHL) {
		uint64_t bits = value->bits << count;
		uint64_t back = value->negative ? (uint64_t)((int64_t)bits >> count) : bits >> count;
		if (back != value->bits)
			return too_wide(where, diags);
		value->bits = bits;
	} else {
		value->bits = value->negative ? (uint64_t)((int64_t)value->bits >> count)
					      : value->bits >> count;
	}
	return 0;
}

static int fold_action(const struct expr_node *node, const struct span *where, struct diags *diags,
		       struct expr_value *value)
{
	if (value->negative || value->bits > SECCOMP_RET_DATA) {
		diag_error(diags, where, "an action's data is 0 to %u", SECCOMP_RET_DATA);
		return -1;
	}
	value->bits |= node->value;
	return 0;
}

static int fold_binary(const struct expr_node *node, const struct span *where, struct diags *diags,
		       struct expr_value *a, const struct expr_value *b)
{
	switch (node->op) {
	case EXPR_SHL:
	case EXPR_SHR:
		return fold_shift(node->op, where, diags, a, (unsigned)b->bits);
	case EXPR_AND:
		a->bits &= b->bits;
		a->negative = sign_of(a->bits, a->negative && b->negative);
		break;
	case EXPR_OR:
		a->bits |= b->bits;
		a->negative = sign_of(a->bits, a->negative || b->negative);
		break;
	case EXPR_XOR:
		a->bits ^= b->bits;
		a->negative = sign_of(a->bits, a->negative != b->negative);
		break;
	default:
		return not_constant(where, diags);
	}
	a->varies = a->varies || b->varies;
	return 0;
}

/* Whether a node stands in the parentheses of an action: ERRNO(EPERM). */
static bool is_data(const struct expr *expr, size_t i)
{
	size_t off = expr->nodes[i].off;

	for (size_t j = i + 1; j < expr->n; j++) {
		const struct expr_node *node = &expr->nodes[j];
		if (node->op == EXPR_ACTION && node->off < off && off < node->off + node->len)
			return true;
	}
	return false;
}

struct span expr_name_span(const struct expr *expr, const struct expr_node *node)
{
	struct span where = span_of(expr->text, node->op_off, 0);

	while (is_word(expr->text->data[where.off + where.len]))
		where.len++;
	return where;
}

int expr_fold_node(const struct expr *expr, size_t i, unsigned flags, struct diags *diags,
		   struct expr_value *values)
{
	const struct expr_node *node = &expr->nodes[i];
	struct span where = span_of(expr->text, node->off, node->len);
	struct expr_value *value = &values[i];

	if (node->left >= 0)
		*value = values[node->left];
	switch (node->op) {
	case EXPR_INT:
		*value = (struct expr_value){ .bits = node->value };
		return 0;
	case EXPR_NAME:
		where = expr_name_span(expr, node);
		return fold_name(&where, is_data(expr, i) ? flags & ~(unsigned)EXPR_ACTIONS : flags, diags,
				 value);
	case EXPR_QUALIFIED:
		if (node->parenthesised)
			where = span_trim(span_of(expr->text, node->off + 1, node->len - 2));
		return fold_qualified(&where, diags, value);
	case EXPR_ACTION:
		where = span_of(expr->text, expr->nodes[node->left].off, expr->nodes[node->left].len);
		return fold_action(node, &where, diags, value);
	case EXPR_NEG:
		return fold_neg(&where, diags, value);
	case EXPR_NOT:
		value->bits = ~value->bits;
		value->negative = sign_of(value->bits, !value->negative);
		return 0;
	default:
		if (node->right < 0)
			return not_constant(&where, diags);
		return fold_binary(node, &where, diags, value, &values[node->right]);
	}
}

void *expr_values(const struct expr *expr, size_t size, struct diags *diags)
{
	void *values = calloc(expr->n, size);
	struct span where = span_of(expr->text, expr->nodes[0].off, 0);

	if (!values)
		diag_error(diags, &where, "out of memory");
	return values;
}

/* The value of a tree of constants; what is not constant is diagnosed. 0 or -1. */
static int expr_fold(const struct expr *expr, unsigned flags, struct diags *diags,
		     struct expr_value *ret_value)
{
	struct expr_value *values = expr_values(expr, sizeof(*values), diags);
	int r = values ? 0 : -1;

	for (size_t i = 0; i < expr->n && r == 0; i++)
		r = expr_fold_node(expr, i, flags, diags, values);
	if (r == 0)
		*ret_value = values[expr->n - 1];
	free(values);
	return r;
}

static int fold_span(const struct span *span, unsigned flags, struct diags *diags,
		     struct expr_value *ret_value, size_t *ret_end)
{
	struct expr expr;

	if (expr_parse(span, flags, diags, &expr, ret_end) < 0)
		return -1;
	int r = expr_fold(&expr, flags, diags, ret_value);
	expr_done(&expr);
	return r;
}

int expr_const(const struct span *span, struct diags *diags, struct expr_value *ret_value)
{
	return fold_span(span, 0, diags, ret_value, NULL);
}

static int fit(const struct span *where, const struct expr_value *value, unsigned bits, struct diags *diags,
	       uint64_t *ret_bits)
{
	uint64_t mask = bits < 64 ? ((uint64_t)1 << bits) - 1 : UINT64_MAX;
	bool fits = value->negative ? (int64_t)value->bits >= -(int64_t)(mask / 2) - 1 : value->bits <= mask;

	if (!fits) {
		diag_error(diags, where, "'%.*s' does not fit %u bits",
			   (int)(where->len < 64 ? where->len : 64), span_bytes(where), bits);
		return -1;
	}
	*ret_bits = value->bits & mask;
	return 0;
}

int expr_const_bits(const struct span *span, unsigned bits, struct diags *diags, uint64_t *ret_bits)
{
	struct span where = span_trim(*span);
	struct expr_value value;

	if (expr_const(span, diags, &value) < 0)
		return -1;
	return fit(&where, &value, bits, diags, ret_bits);
}

int expr_const_prefix(const struct span *span, unsigned flags, unsigned bits, struct diags *diags,
		      uint64_t *ret_bits, size_t *ret_end)
{
	struct expr_value value;
	size_t end;

	if (fold_span(span, flags | EXPR_PREFIX, diags, &value, &end) < 0)
		return -1;
	struct span where = span_trim(span_of(span->text, span->off, end - span->off));
	if (fit(&where, &value, bits, diags, ret_bits) < 0)
		return -1;
	*ret_end = end;
	return 0;
}

/*
 * A lone word that is meant as an action: 1 when it is one, 0 when the word may be a constant, -1
 * diagnosed.
 */
static int lone_action(const struct expr *expr, struct diags *diags, struct expr_action *ret_action)
{
	const struct expr_node *node = &expr->nodes[0];
	const char *word = expr->text->data + node->off, *near[NEAR];
	struct span where = span_of(expr->text, node->off, node->len);

	if (expr->n != 1 || node->op != EXPR_NAME || node->parenthesised)
		return 0;
	*ret_action = (struct expr_action){ 0 };
	if (vd_action_by_name(word, node->len, &ret_action->ret) == 0)
		return 1;
	if (vd_const_by_name(word, node->len))
		return 0;
	diag_error(diags, &where, "unknown action '%.*s'", (int)(node->len < 64 ? node->len : 64), word);
	diag_hint_names(diags, near, vd_names_near(VD_NAME_ACTION, VD_ABI_NONE, word, node->len, near, NEAR));
	return -1;
}

static int action_of(const struct expr *expr, const struct span *span, struct diags *diags,
		     struct expr_action *ret_action)
{
	const struct expr_node *root = &expr->nodes[expr->n - 1];
	struct span where = span_trim(*span);
	struct expr_value value;
	struct expr_action action;
	uint64_t bits;
	int lone = lone_action(expr, diags, &action);

	if (lone == 0) {
		if (expr_fold(expr, EXPR_ACTIONS, diags, &value) < 0 ||
		    fit(&where, &value, 32, diags, &bits) < 0)
			return -1;
		bool written = root->op == EXPR_ACTION;
		action = (struct expr_action){
			.ret = (uint32_t)bits, .has_data = written, .raw = !written, .varies = value.varies
		};
	}
	if (lone < 0)
		return -1;
	*ret_action = action;
	return 0;
}

int expr_action(const struct span *span, struct diags *diags, struct expr_action *ret_action)
{
	struct expr expr;

	if (expr_parse(span, EXPR_ACTIONS, diags, &expr, NULL) < 0)
		return -1;
	int r = action_of(&expr, span, diags, ret_action);
	expr_done(&expr);
	return r;
}
