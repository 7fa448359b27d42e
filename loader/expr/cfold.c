/* SPDX-License-Identifier: MIT */
/* The value of a C constant expression: int, unsigned int, long and unsigned long, as C converts between
 * them. */
#include "loader/expr/lex.h"

#include <stdlib.h>
#include <string.h>

struct cvalue {
	uint64_t bits;	/* zero- or sign-extended to 64 */
	unsigned width; /* 32 or 64 */
	bool is_signed;
};

static struct cvalue cut(uint64_t bits, unsigned width, bool is_signed)
{
	unsigned rest = 64 - width;

	bits = is_signed ? (uint64_t)((int64_t)(bits << rest) >> rest) : bits << rest >> rest;
	return (struct cvalue){ bits, width < 32 ? 32 : width, width < 32 || is_signed };
}

/* The first type of C's that holds a number; decimal ones without a suffix are never unsigned. */
static struct cvalue smallest(uint64_t value, bool may_be_unsigned, bool is_unsigned, bool is_long)
{
	if (!is_long && !is_unsigned && value <= INT32_MAX)
		return (struct cvalue){ value, 32, true };
	if (!is_long && (is_unsigned || may_be_unsigned) && value <= UINT32_MAX)
		return (struct cvalue){ value, 32, false };
	return (struct cvalue){ value, 64, !is_unsigned && value <= INT64_MAX };
}

static struct cvalue literal(const struct expr *expr, const struct expr_node *node)
{
	const char *word = expr->text->data + node->op_off;
	size_t len = 0;
	bool is_unsigned = false, is_long = false;

	while (is_word(word[len]))
		len++;
	while (len > 1 && strchr("uUlL", word[len - 1])) {
		is_unsigned = is_unsigned || (word[len - 1] | 0x20) == 'u';
		is_long = is_long || (word[len - 1] | 0x20) == 'l';
		len--;
	}
	return smallest(node->value, word[0] == '0', is_unsigned, is_long);
}

/* __NR_mkdir, SYS_mkdir: what follows is a call's name. 0: neither. */
static size_t nr_prefix(const char *word, size_t len)
{
	static const char *const prefixes[] = { "__NR_", "SYS_" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t n = strlen(prefixes[i]);
		if (len > n && !memcmp(word, prefixes[i], n))
			return n;
	}
	return 0;
}

static const struct vd_const *constant_named(const char *word, size_t len)
{
	const struct vd_const *constant = vd_const_by_name(word, len);

	return constant ? constant : vd_errno_by_name(word, len);
}

bool expr_c_name(const char *word, size_t len, int abi)
{
	size_t prefix = nr_prefix(word, len);
	uint32_t nr;

	return constant_named(word, len) ||
	       (prefix && vd_syscall_number(abi, word + prefix, len - prefix, &nr) == 0);
}

static int fold_name(const struct span *where, int abi, struct diags *diags, struct cvalue *ret_value)
{
	const struct vd_const *constant = constant_named(span_bytes(where), where->len);
	size_t prefix = nr_prefix(span_bytes(where), where->len);
	bool x86 = abi == VD_ABI_X86_64 || abi == VD_ABI_I386 || abi == VD_ABI_X32;
	uint32_t nr;

	if (!constant && prefix) {
		struct span name = span_of(where->text, where->off + prefix, where->len - prefix);
		if (expr_syscall(&name, abi, diags, &nr) < 0)
			return -1;
		*ret_value = smallest(nr, true, false, false);
		return 0;
	}
	if (!constant) {
		expr_unknown_name(where, diags);
		if (*span_bytes(where) >= 'a' && *span_bytes(where) <= 'z')
			diag_hint(diags,
				  "a variable's value is not known here: write '#define %.*s ...' into the "
				  "text",
				  (int)(where->len < 40 ? where->len : 40), span_bytes(where));
		return -1;
	}
	if (constant->varies && !x86) {
		diag_error(diags, where,
			   "the value of '%.*s' on %s is not known: it differs between architectures",
			   (int)where->len, span_bytes(where), vd_abi_info(abi)->name);
		diag_hint(diags, "write the number");
		return -1;
	}
	*ret_value = constant->is_signed
			     ? cut(constant->value, (int64_t)constant->value < INT32_MIN ? 64 : 32, true)
			     : smallest(constant->value, true, false, false);
	return 0;
}

/* C's usual arithmetic conversions. */
static void convert(struct cvalue *a, struct cvalue *b)
{
	unsigned width = a->width > b->width ? a->width : b->width;
	bool is_unsigned = (a->width == width && !a->is_signed) || (b->width == width && !b->is_signed);

	*a = cut(a->bits, width, !is_unsigned);
	*b = cut(b->bits, width, !is_unsigned);
}

static int fold_shift(enum expr_op op, const struct span *where, struct diags *diags, struct cvalue *a,
		      const struct cvalue *b)
{
	if (b->bits >= a->width) {
		diag_error(diags, where, "a shift of %u bits is by 0 to %u", a->width, a->width - 1);
		return -1;
	}
	uint64_t bits = op == EXPR_SHL ? a->bits << b->bits
			: a->is_signed ? (uint64_t)((int64_t)a->bits >> b->bits)
				       : a->bits >> b->bits;
	*a = cut(bits, a->width, a->is_signed);
	return 0;
}

static int fold_division(enum expr_op op, const struct span *where, struct diags *diags, struct cvalue *a,
			 const struct cvalue *b)
{
	bool overflow = a->is_signed && b->bits == UINT64_MAX;

	if (!b->bits) {
		diag_error(diags, where, "this divides by 0");
		return -1;
	}
	uint64_t bits;
	if (overflow) /* by -1 */
		bits = op == EXPR_DIV ? -a->bits : 0;
	else if (a->is_signed)
		bits = (uint64_t)(op == EXPR_DIV ? (int64_t)a->bits / (int64_t)b->bits
						 : (int64_t)a->bits % (int64_t)b->bits);
	else
		bits = op == EXPR_DIV ? a->bits / b->bits : a->bits % b->bits;
	*a = cut(bits, a->width, a->is_signed);
	return 0;
}

static bool compare(enum expr_op op, const struct cvalue *a, const struct cvalue *b)
{
	bool less = a->is_signed ? (int64_t)a->bits < (int64_t)b->bits : a->bits < b->bits;
	bool equal = a->bits == b->bits;

	switch (op) {
	case EXPR_EQ:
		return equal;
	case EXPR_NE:
		return !equal;
	case EXPR_LT:
		return less;
	case EXPR_LE:
		return less || equal;
	case EXPR_GT:
		return !less && !equal;
	default:
		return !less;
	}
}

static uint64_t calculate(enum expr_op op, uint64_t a, uint64_t b)
{
	switch (op) {
	case EXPR_ADD:
		return a + b;
	case EXPR_SUB:
		return a - b;
	case EXPR_MUL:
		return a * b;
	case EXPR_AND:
		return a & b;
	case EXPR_OR:
		return a | b;
	default:
		return a ^ b;
	}
}

static struct cvalue truth(bool value)
{
	return (struct cvalue){ value, 32, true };
}

static int fold_binary(enum expr_op op, const struct span *where, struct diags *diags, struct cvalue *a,
		       struct cvalue *b)
{
	if (op == EXPR_LAND || op == EXPR_LOR) {
		*a = truth(op == EXPR_LAND ? a->bits && b->bits : a->bits || b->bits);
		return 0;
	}
	if (op == EXPR_SHL || op == EXPR_SHR)
		return fold_shift(op, where, diags, a, b);
	convert(a, b);
	if (op == EXPR_DIV || op == EXPR_MOD)
		return fold_division(op, where, diags, a, b);
	*a = op >= EXPR_EQ && op <= EXPR_GE ? truth(compare(op, a, b))
					    : cut(calculate(op, a->bits, b->bits), a->width, a->is_signed);
	return 0;
}

static int fold_node(const struct expr *expr, size_t i, int abi, struct diags *diags, struct cvalue *values)
{
	const struct expr_node *node = &expr->nodes[i];
	struct span where = span_of(expr->text, node->off, node->len);
	struct cvalue *value = &values[i];

	if (node->left >= 0)
		*value = values[node->left];
	switch (node->op) {
	case EXPR_INT:
		*value = literal(expr, node);
		return 0;
	case EXPR_NAME:
		where = expr_name_span(expr, node);
		return fold_name(&where, abi, diags, value);
	case EXPR_CAST:
		*value = cut(value->bits, node->value & 0xff, node->value & EXPR_C_SIGNED);
		return 0;
	case EXPR_NEG:
		*value = cut(-value->bits, value->width, value->is_signed);
		return 0;
	case EXPR_NOT:
		*value = cut(~value->bits, value->width, value->is_signed);
		return 0;
	case EXPR_LNOT:
		*value = truth(!value->bits);
		return 0;
	default: {
		struct cvalue right = values[node->right];
		return fold_binary(node->op, &where, diags, value, &right);
	}
	}
}

int expr_fold_c(const struct expr *expr, int abi, struct diags *diags, struct expr_value *ret_value)
{
	struct cvalue *values = expr_values(expr, sizeof(*values), diags);
	int r = values ? 0 : -1;

	for (size_t i = 0; i < expr->n && r == 0; i++)
		r = fold_node(expr, i, abi, diags, values);
	if (r == 0) {
		const struct cvalue *value = &values[expr->n - 1];
		*ret_value = (struct expr_value){ .bits = value->bits,
						  .negative = value->is_signed && value->bits >> 63 };
	}
	free(values);
	return r;
}
