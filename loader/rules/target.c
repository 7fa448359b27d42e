/* SPDX-License-Identifier: MIT */
/* Targets of a line: read, sys_read, umount?, i386.socketcall, x86_64.231. */
#include "loader/rules/read.h"
#include "loader/expr/lex.h"

#include <errno.h>
#include <string.h>

#define SHOWN_MAX 64

static int shown(const struct span *span)
{
	return (int)(span->len < SHOWN_MAX ? span->len : SHOWN_MAX);
}

static struct token token_in(const struct span *rest)
{
	return token_at(rest->text, rest->off, rest->off + rest->len);
}

static struct span token_span(const struct span *rest, const struct token *token)
{
	return span_of(rest->text, token->off, token->len);
}

/* Moves rest behind a token of it. */
static void take(struct span *rest, const struct token *token)
{
	size_t end = token->off + token->len;

	rest->len -= end - rest->off;
	rest->off = end;
}

static bool take_op(struct span *rest, char op)
{
	struct token token = token_in(rest);

	if (token.kind != TOKEN_OP || token.op != (unsigned char)op)
		return false;
	take(rest, &token);
	return true;
}

static int expected(const struct span *rest, struct diags *diags)
{
	struct token token = token_in(rest);
	struct span where = token_span(rest, &token);

	if (token.kind == TOKEN_END)
		diag_error(diags, &where, "the name or number of a system call is meant here");
	else
		diag_error(diags, &where, "the name or number of a system call is meant here, not '%.*s'",
			   shown(&where), span_bytes(&where));
	return -1;
}

/* The word in front is an ABI with a dot behind it. */
static int read_abi(struct span *rest, struct diags *diags, struct target *target)
{
	struct token token = token_in(rest);
	struct span name = token_span(rest, &token), after = *rest;
	uint32_t arch;

	take(&after, &token);
	if (token.kind != TOKEN_NAME || !take_op(&after, '.'))
		return 0;
	if (expr_arch(&name, diags, &target->abi, &arch) < 0)
		return -1;
	*rest = after;
	return 0;
}

/* What follows a number: `..`, and the last one or nothing. */
static void read_range(struct span *rest, struct target *target)
{
	struct span behind = *rest;

	if (!target->number || !take_op(&behind, '.') || !take_op(&behind, '.'))
		return;
	target->range = true;
	target->last = span_of(behind.text, behind.off, 0);
	*rest = behind;
	struct token token = token_in(rest);
	if (token.kind != TOKEN_INT)
		return;
	target->last = token_span(rest, &token);
	take(rest, &token);
}

int target_read(struct span *rest, struct diags *diags, struct target *ret_target)
{
	struct token token = token_in(rest);
	struct target target = { .at = token_span(rest, &token), .abi = VD_ABI_NONE };

	if (read_abi(rest, diags, &target) < 0)
		return -1;
	token = token_in(rest);
	if (token.kind != TOKEN_NAME && token.kind != TOKEN_INT)
		return expected(rest, diags);
	target.name = token_span(rest, &token);
	target.number = token.kind == TOKEN_INT;
	take(rest, &token);
	read_range(rest, &target);
	target.optional = take_op(rest, '?');
	target.at.len = rest->off - target.at.off;
	if (target.optional && target.number) {
		diag_error(diags, &target.at, "'?' is for names: a number is on every ABI");
		return -1;
	}
	*rest = span_trim(*rest);
	if (rest->len && !take_op(rest, ',')) {
		token = token_in(rest);
		struct span where = token_span(rest, &token);
		diag_error(diags, &where, "',' or ':' is meant here, not '%.*s'", shown(&where),
			   span_bytes(&where));
		return -1;
	}
	if (token_in(rest).kind == TOKEN_END && rest->off > target.at.off + target.at.len)
		return expected(rest, diags);
	*ret_target = target;
	return 0;
}

/* The name, or what follows its sys_. */
static int number_of(int abi, struct span *name, uint32_t *ret_nr)
{
	int r = vd_syscall_number(abi, span_bytes(name), name->len, ret_nr);

	if (r != -EINVAL || name->len < 5 || memcmp(span_bytes(name), "sys_", 4) != 0)
		return r;
	*name = span_of(name->text, name->off + 4, name->len - 4);
	return vd_syscall_number(abi, span_bytes(name), name->len, ret_nr);
}

static int resolve_number(const struct target *target, int abi, struct diags *diags, uint32_t *ret_nr)
{
	const struct vd_abi_info *info = vd_abi_info(abi);
	uint32_t nr;

	if (expr_syscall(&target->name, abi, diags, &nr) < 0)
		return -1;
	int owner = vd_abi_of(info->audit_arch, nr);
	if (owner != abi) {
		diag_error(diags, &target->name, "'%.*s' is a number of %s, not of %s", shown(&target->name),
			   span_bytes(&target->name), vd_abi_info(owner)->name, info->name);
		diag_hint(diags, "write %s.%u", vd_abi_info(owner)->name, nr & ~vd_abi_info(owner)->nr_bit);
		return -1;
	}
	*ret_nr = nr;
	return 1;
}

bool targets_others(const struct span *word)
{
	struct span name = span_trim(*word);

	return name.len == strlen("others") && !memcmp(span_bytes(&name), "others", name.len);
}

static uint32_t last_number(int abi)
{
	uint32_t bit = vd_abi_info(abi)->nr_bit;

	return bit ? 2 * bit - 1 : UINT32_MAX;
}

int target_range(const struct target *target, int abi, struct diags *diags, uint32_t ret_first[2],
		 uint32_t ret_last[2])
{
	uint32_t x32 = vd_abi_info(VD_ABI_X32)->nr_bit, first, last = last_number(abi);
	struct target end = *target;

	end.name = target->last;
	if (resolve_number(target, abi, diags, &first) < 0 ||
	    (target->last.len && resolve_number(&end, abi, diags, &last) < 0))
		return -1;
	if (last < first) {
		diag_error(diags, &target->at, "the range ends before it begins");
		return -1;
	}
	ret_first[0] = first;
	ret_last[0] = last;
	if (abi != VD_ABI_X86_64 || first >= x32 || last < x32)
		return 1;
	/* x32's numbers lie between */
	ret_last[0] = x32 - 1;
	ret_first[1] = 2 * x32;
	ret_last[1] = last;
	return 2;
}

int target_resolve(const struct target *target, int abi, struct diags *diags, uint32_t *ret_nr,
		   struct span *ret_name)
{
	struct span name = target->name;

	if (target->number) {
		*ret_name = span_of(name.text, name.off, 0);
		return resolve_number(target, abi, diags, ret_nr);
	}
	int r = number_of(abi, &name, ret_nr);
	*ret_name = name;
	if (r == 0)
		return 1;
	if (r == -ENOENT && target->optional)
		return 0;
	expr_syscall(&name, abi, diags, ret_nr);
	if (r == -ENOENT && target->abi == VD_ABI_NONE)
		diag_hint(diags, "write '%.*s?' for the ABIs that have it, or ABI.%.*s for one of them",
			  shown(&name), span_bytes(&name), shown(&name), span_bytes(&name));
	return -1;
}
