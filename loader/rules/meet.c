/* SPDX-License-Identifier: MIT */
/* Constants take the type of what they meet. */
#include "loader/rules/bind.h"

/* Whether a constant is a value of so many bits, taken as either or both. */
static bool bind_fits(const struct expr_value *value, unsigned bits, bool as_signed, bool as_unsigned)
{
	uint64_t most = bits < 64 ? ((uint64_t)1 << bits) - 1 : UINT64_MAX;

	if (value->negative)
		return as_signed && (int64_t)value->bits >= -(int64_t)(most / 2) - 1;
	return value->bits <= (as_unsigned ? most : most / 2);
}

static void type_name(const struct pred_node *type, char *buf, size_t size)
{
	snprintf(buf, size, "%d bits, %s", type->bits, type->is_signed ? "signed" : "unsigned");
}

/* The untyped constant i as a value of the type; ordered: it must be representable as it is. */
int bind_convert(struct binder *binder, int i, const struct pred_node *type, int other, bool ordered)
{
	const struct expr_value *value = &binder->values[i];
	struct span where = span_at(binder, i);
	char name[32];

	type_name(type, name, sizeof(name));
	if (!bind_fits(value, type->bits, true, true)) {
		diag_error(binder->diags, &where, "'%.*s' does not fit %d bits", length_at(binder, i),
			   text_at(binder, i), type->bits);
		diag_hint(binder->diags, "'%.*s' has %s", length_at(binder, other), text_at(binder, other),
			  name);
		return -1;
	}
	if (ordered && !bind_fits(value, type->bits, type->is_signed, !type->is_signed)) {
		diag_error(binder->diags, &where, "'%.*s' is no value that '%.*s' can have: it has %s",
			   length_at(binder, i), text_at(binder, i), length_at(binder, other),
			   text_at(binder, other), name);
		diag_hint(binder->diags, "cast it to the sign that is meant: %c%d(%.*s)",
			  type->is_signed ? 'u' : 's', type->bits == 64 ? 64 : 32, length_at(binder, other),
			  text_at(binder, other));
		return -1;
	}
	binder->nodes[i] = typed(EXPR_INT, type->bits, type->is_signed);
	binder->nodes[i].value = pred_extend(value->bits, type->bits, type->is_signed);
	return 0;
}

int bind_no_number(struct binder *binder, int i)
{
	struct span where = span_at(binder, i);

	diag_error(binder->diags, &where, "'%.*s' is true or false, and a number is meant here",
		   length_at(binder, i), text_at(binder, i));
	diag_hint(binder->diags, "join conditions with && and ||");
	return -1;
}

/* Both operands numbers of one sign, with types unless both are constants. */
int bind_meet(struct binder *binder, int i, int left, int right, bool ordered)
{
	const struct pred_node *a = &binder->nodes[left], *b = &binder->nodes[right];
	struct span where = span_at(binder, i);

	if (a->boolean)
		return bind_no_number(binder, left);
	if (b->boolean)
		return bind_no_number(binder, right);
	if (untyped(a) && untyped(b))
		return 0;
	if (untyped(a))
		return bind_convert(binder, left, b, right, ordered);
	if (untyped(b))
		return bind_convert(binder, right, a, left, ordered);
	if (a->is_signed == b->is_signed)
		return 0;
	diag_error(binder->diags, &where, "'%.*s' is %s and '%.*s' is %s", length_at(binder, left),
		   text_at(binder, left), a->is_signed ? "signed" : "unsigned", length_at(binder, right),
		   text_at(binder, right), b->is_signed ? "signed" : "unsigned");
	diag_hint(binder->diags, "cast one of them with u32(), s32(), u64() or s64()");
	return -1;
}
