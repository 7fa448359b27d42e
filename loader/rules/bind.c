/* SPDX-License-Identifier: MIT */
/* Types: every node of an expression gets its width and sign, constants those of what they meet. */
#include "loader/rules/pred.h"
#include "loader/expr/lex.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 6
#define SHOWN_MAX 60

struct binder {
	const struct expr *expr;
	const struct pred_subject *subject;
	struct diags *diags;
	struct pred_node *nodes;
	struct expr_value *values; /* of constants that have no type yet */
	struct vd_arg args[ARGS_MAX];
	int n_args; /* negative: not known */
};

static struct span span_at(const struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];

	return span_of(binder->expr->text, node->off, node->len);
}

static const char *text_at(const struct binder *binder, int i)
{
	return binder->expr->text->data + binder->expr->nodes[i].off;
}

static int length_at(const struct binder *binder, int i)
{
	size_t len = binder->expr->nodes[i].len;

	return (int)(len < SHOWN_MAX ? len : SHOWN_MAX);
}

static bool untyped(const struct pred_node *node)
{
	return node->op == EXPR_INT && !node->bits && !node->boolean;
}

static struct pred_node typed(enum expr_op op, unsigned bits, bool is_signed)
{
	return (struct pred_node){
		.op = op, .bits = (uint8_t)bits, .is_signed = is_signed, .left = -1, .right = -1
	};
}

static struct pred_node truth(enum expr_op op, int left, int right)
{
	return (struct pred_node){ .op = op, .boolean = true, .left = left, .right = right };
}

static struct pred_node known_truth(bool value)
{
	return (struct pred_node){ .op = EXPR_INT, .boolean = true, .left = -1, .right = -1, .value = value };
}

/* ------------------------------------------------------------------ */
/* Leaves                                                             */

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

static int bind_constant(struct binder *binder, int i)
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

/* Where a verdict is spoken of, actions and ABIs are constants as well. */
static int bind_search_name(struct binder *binder, int i, const struct span *name)
{
	const char *word = name->text->data + name->off;
	uint32_t nr;
	bool call = vd_syscall_number(VD_ABI_X86_64, word, name->len, &nr) == 0;

	if (bind_constant(binder, i) == 0)
		return 0;
	if (*word >= 'a' && *word <= 'z' && !call)
		diag_hint(binder->diags, "the arguments are arg0 to arg5, and there are nr, arch, ip, ret, ret.action "
					 "and ret.data");
	return -1;
}

static int bind_name(struct binder *binder, int i)
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
	if (binder->subject->search)
		return bind_search_name(binder, i, &name);
	if (vd_const_by_name(word, name.len) || vd_errno_by_name(word, name.len))
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

static int bind_field(struct binder *binder, int i)
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

/* ------------------------------------------------------------------ */
/* Constants take the type of what they meet                          */

static bool fits(const struct expr_value *value, unsigned bits, bool as_signed, bool as_unsigned)
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
static int convert(struct binder *binder, int i, const struct pred_node *type, int other, bool ordered)
{
	const struct expr_value *value = &binder->values[i];
	struct span where = span_at(binder, i);
	char name[32];

	type_name(type, name, sizeof(name));
	if (!fits(value, type->bits, true, true)) {
		diag_error(binder->diags, &where, "'%.*s' does not fit %d bits", length_at(binder, i),
			   text_at(binder, i), type->bits);
		diag_hint(binder->diags, "'%.*s' has %s", length_at(binder, other), text_at(binder, other),
			  name);
		return -1;
	}
	if (ordered && !fits(value, type->bits, type->is_signed, !type->is_signed)) {
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

static int not_a_number(struct binder *binder, int i)
{
	struct span where = span_at(binder, i);

	diag_error(binder->diags, &where, "'%.*s' is true or false, and a number is meant here",
		   length_at(binder, i), text_at(binder, i));
	diag_hint(binder->diags, "join conditions with && and ||");
	return -1;
}

/* Both operands numbers of one sign, with types unless both are constants. */
static int meet(struct binder *binder, int i, int left, int right, bool ordered)
{
	const struct pred_node *a = &binder->nodes[left], *b = &binder->nodes[right];
	struct span where = span_at(binder, i);

	if (a->boolean)
		return not_a_number(binder, left);
	if (b->boolean)
		return not_a_number(binder, right);
	if (untyped(a) && untyped(b))
		return 0;
	if (untyped(a))
		return convert(binder, left, b, right, ordered);
	if (untyped(b))
		return convert(binder, right, a, left, ordered);
	if (a->is_signed == b->is_signed)
		return 0;
	diag_error(binder->diags, &where, "'%.*s' is %s and '%.*s' is %s", length_at(binder, left),
		   text_at(binder, left), a->is_signed ? "signed" : "unsigned", length_at(binder, right),
		   text_at(binder, right), b->is_signed ? "signed" : "unsigned");
	diag_hint(binder->diags, "cast one of them with u32(), s32(), u64() or s64()");
	return -1;
}

/* ------------------------------------------------------------------ */
/* Operators                                                          */

/* Whether the node is a typed constant: what was cast. */
static bool constant(const struct binder *binder, int i)
{
	return i < 0 || binder->nodes[i].op == EXPR_INT;
}

static uint64_t calculate(enum expr_op op, uint64_t a, uint64_t b)
{
	switch (op) {
	case EXPR_NEG:
		return -a;
	case EXPR_NOT:
		return ~a;
	case EXPR_AND:
		return a & b;
	case EXPR_OR:
		return a | b;
	case EXPR_XOR:
		return a ^ b;
	default:
		return a;
	}
}

/* Arithmetic on typed constants happens here: what is left has a field in it. */
static void reduce(struct binder *binder, int i)
{
	struct pred_node *node = &binder->nodes[i];

	if (!constant(binder, node->left) || !constant(binder, node->right))
		return;
	uint64_t a = binder->nodes[node->left].value,
		 b = node->right < 0 ? 0 : binder->nodes[node->right].value;
	uint64_t value = node->op == EXPR_SHL	? a << b
			 : node->op == EXPR_SHR ? (node->is_signed ? (uint64_t)((int64_t)a >> b) : a >> b)
						: calculate(node->op, a, b);
	*node = typed(EXPR_INT, node->bits, node->is_signed);
	node->value = pred_extend(value, node->bits, node->is_signed);
}

static int bind_prefix(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];
	const struct pred_node *operand = &binder->nodes[node->left];

	if (operand->boolean)
		return not_a_number(binder, node->left);
	if (untyped(operand))
		return bind_constant(binder, i);
	binder->nodes[i] = typed(node->op, operand->bits, operand->is_signed);
	binder->nodes[i].left = node->left;
	reduce(binder, i);
	return 0;
}

static int bind_shift(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];
	const struct pred_node *operand = &binder->nodes[node->left];
	struct span where = span_at(binder, i);
	uint64_t count = binder->values[node->right].bits;

	if (operand->boolean)
		return not_a_number(binder, node->left);
	if (untyped(operand))
		return bind_constant(binder, i);
	if (count >= operand->bits) {
		diag_error(binder->diags, &where, "'%.*s' has %d bits, which a shift by %u leaves nothing of",
			   length_at(binder, node->left), text_at(binder, node->left), operand->bits,
			   (unsigned)count);
		if (operand->bits < 64)
			diag_hint(binder->diags, "widen it first: %c64(%.*s)", operand->is_signed ? 's' : 'u',
				  length_at(binder, node->left), text_at(binder, node->left));
		return -1;
	}
	binder->nodes[i] = typed(node->op, operand->bits, operand->is_signed);
	binder->nodes[i].left = node->left;
	binder->nodes[i].right = node->right;
	binder->nodes[node->right] = typed(EXPR_INT, 32, false);
	binder->nodes[node->right].value = count;
	reduce(binder, i);
	return 0;
}

static int bind_bits(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];

	if (meet(binder, i, node->left, node->right, false) < 0)
		return -1;
	const struct pred_node *a = &binder->nodes[node->left], *b = &binder->nodes[node->right];
	if (untyped(a))
		return bind_constant(binder, i);
	binder->nodes[i] = typed(node->op, a->bits > b->bits ? a->bits : b->bits, a->is_signed);
	binder->nodes[i].left = node->left;
	binder->nodes[i].right = node->right;
	reduce(binder, i);
	return 0;
}

static int bind_cast(struct binder *binder, int i)
{
	static const struct {
		uint8_t bits;
		bool is_signed;
	} casts[] = {
		[EXPR_U16] = { 16, false }, [EXPR_U32] = { 32, false }, [EXPR_S32] = { 32, true },
		[EXPR_U64] = { 64, false }, [EXPR_S64] = { 64, true },
	};
	const struct expr_node *node = &binder->expr->nodes[i];
	struct pred_node *operand = &binder->nodes[node->left];
	struct pred_node type = typed(EXPR_CAST, casts[node->value].bits, casts[node->value].is_signed);

	if (operand->boolean)
		return not_a_number(binder, node->left);
	if (untyped(operand) && convert(binder, node->left, &type, i, false) < 0)
		return -1;
	type.left = node->left;
	binder->nodes[i] = type;
	reduce(binder, i);
	return 0;
}

/* Constants behave as integers of any width: a negative one is below all others. */
static int order(const struct expr_value *a, const struct expr_value *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return (a->bits > b->bits) - (a->bits < b->bits);
}

static int order_typed(const struct pred_node *a, const struct pred_node *b)
{
	if (a->is_signed)
		return ((int64_t)a->value > (int64_t)b->value) - ((int64_t)a->value < (int64_t)b->value);
	return (a->value > b->value) - (a->value < b->value);
}

static bool compare(enum expr_op op, int order)
{
	switch (op) {
	case EXPR_EQ:
		return order == 0;
	case EXPR_NE:
		return order != 0;
	case EXPR_LT:
		return order < 0;
	case EXPR_LE:
		return order <= 0;
	case EXPR_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* An action with its data is never what ret.action is. */
static int check_action(struct binder *binder, int action, int field)
{
	const struct expr_node *a = &binder->expr->nodes[action], *f = &binder->expr->nodes[field];
	struct span where = span_at(binder, action);

	if (a->op != EXPR_ACTION || f->op != EXPR_FIELD || f->value != EXPR_RET_ACTION)
		return 0;
	diag_error(binder->diags, &where, "ret.action is an action without its data");
	diag_hint(binder->diags, "compare ret with '%.*s', or ret.data with its data", length_at(binder, action),
		  text_at(binder, action));
	return -1;
}

static int bind_comparison(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];

	if (check_action(binder, node->left, node->right) < 0 || check_action(binder, node->right, node->left) < 0)
		return -1;
	if (meet(binder, i, node->left, node->right, node->op != EXPR_EQ && node->op != EXPR_NE) < 0)
		return -1;
	const struct pred_node *a = &binder->nodes[node->left], *b = &binder->nodes[node->right];
	if (untyped(a))
		binder->nodes[i] = known_truth(
			compare(node->op, order(&binder->values[node->left], &binder->values[node->right])));
	else if (a->op == EXPR_INT && b->op == EXPR_INT)
		binder->nodes[i] = known_truth(compare(node->op, order_typed(a, b)));
	else
		binder->nodes[i] = truth(node->op, node->left, node->right);
	return 0;
}

/* 0, 1, or -1: not known before a record is. */
static int truth_of(const struct binder *binder, int i)
{
	const struct pred_node *node = &binder->nodes[i];

	if (node->op != EXPR_INT)
		return -1;
	return untyped(node) ? binder->values[i].bits != 0 : node->value != 0;
}

static void bind_logic(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];
	int a = truth_of(binder, node->left), b = node->right < 0 ? -1 : truth_of(binder, node->right);
	int decides = node->op == EXPR_LOR;

	if (node->op == EXPR_LNOT) {
		binder->nodes[i] = a < 0 ? truth(EXPR_LNOT, node->left, -1) : known_truth(!a);
	} else if (a == decides || b == decides) {
		binder->nodes[i] = known_truth(decides);
	} else if (a >= 0 && b >= 0) {
		binder->nodes[i] = known_truth(!decides);
	} else if (a >= 0 || b >= 0) {
		binder->nodes[i] = truth(EXPR_LOR, a >= 0 ? node->right : node->left, -1);
	} else {
		binder->nodes[i] = truth(node->op, node->left, node->right);
	}
}

static int bind_node(struct binder *binder, int i)
{
	switch (binder->expr->nodes[i].op) {
	case EXPR_INT:
		return bind_constant(binder, i);
	case EXPR_NAME:
		return bind_name(binder, i);
	case EXPR_FIELD:
		return bind_field(binder, i);
	case EXPR_CAST:
		return bind_cast(binder, i);
	case EXPR_NEG:
	case EXPR_NOT:
		return bind_prefix(binder, i);
	case EXPR_SHL:
	case EXPR_SHR:
		return bind_shift(binder, i);
	case EXPR_AND:
	case EXPR_XOR:
	case EXPR_OR:
		return bind_bits(binder, i);
	case EXPR_EQ:
	case EXPR_NE:
	case EXPR_LT:
	case EXPR_LE:
	case EXPR_GT:
	case EXPR_GE:
		return bind_comparison(binder, i);
	case EXPR_LNOT:
	case EXPR_LAND:
	case EXPR_LOR:
		bind_logic(binder, i);
		return 0;
	default:
		/* Qualified names and actions: the parser makes them where its flags say so only. */
		return bind_constant(binder, i);
	}
}

static int bind_all(struct binder *binder)
{
	size_t n = binder->expr->n;

	for (size_t i = 0; i < n; i++)
		if (bind_node(binder, (int)i) < 0)
			return -1;
	int known = truth_of(binder, (int)n - 1);
	if (known >= 0)
		binder->nodes[n - 1] = known_truth(known);
	return 0;
}

int pred_bind(const struct expr *expr, const struct pred_subject *subject, struct diags *diags,
	      struct pred *ret_pred)
{
	struct binder binder = { .expr = expr, .subject = subject, .diags = diags, .n_args = -1 };
	int r = -1;

	if (subject->has_nr)
		binder.n_args = vd_syscall_args(subject->abi, subject->nr, binder.args);
	binder.nodes = calloc(expr->n, sizeof(*binder.nodes));
	binder.values = calloc(expr->n, sizeof(*binder.values));
	if (binder.nodes && binder.values) {
		r = bind_all(&binder);
	} else {
		struct span where = span_of(expr->text, expr->nodes[0].off, 0);
		diag_error(diags, &where, "out of memory");
	}
	free(binder.values);
	if (r < 0) {
		free(binder.nodes);
		return -1;
	}
	*ret_pred = (struct pred){ .nodes = binder.nodes, .n = expr->n };
	return 0;
}

void pred_done(struct pred *pred)
{
	if (!pred)
		return;
	free(pred->nodes);
	*pred = (struct pred){ 0 };
}
