/* SPDX-License-Identifier: MIT */
/* Constant expressions, actions, architectures and system calls: each line by what its first byte says. */
#include "fuzz/support/support.h"
#include "loader/expr.h"

static int read_const(const struct span *span, struct diags *diags)
{
	struct expr_value value;
	uint64_t bits;
	int r = expr_const(span, diags, &value);

	EXPECT((expr_const_bits(span, 64, NULL, &bits) == 0) == (r == 0), "64 bits are another matter");
	EXPECT(r < 0 || bits == value.bits, "two values: %llx, %llx", (unsigned long long)bits,
	       (unsigned long long)value.bits);
	if (expr_const_bits(span, 32, diags, &bits) == 0)
		EXPECT(bits <= UINT32_MAX, "32 bits hold %llx", (unsigned long long)bits);
	if (expr_const_bits(span, 16, NULL, &bits) == 0)
		EXPECT(bits <= UINT16_MAX, "16 bits hold %llx", (unsigned long long)bits);
	return r;
}

/* What is written is read back. */
static int read_action(const struct span *span, struct diags *diags)
{
	struct expr_action action, again;
	char buf[64];
	int r = expr_action(span, diags, &action);

	if (r < 0)
		return r;
	int len = vd_action_format(action.ret, buf, sizeof(buf));
	EXPECT(len > 0 && len < (int)sizeof(buf), "an action's text has %d bytes", len);
	struct text text = input_text((const uint8_t *)buf, (size_t)len);
	struct span all = span_all(&text);
	EXPECT(expr_action(&all, NULL, &again) == 0 && again.ret == action.ret, "0x%08x is written %s",
	       action.ret, buf);
	text_done(&text);
	return r;
}

static int read_names(const struct span *span, int abi, struct diags *diags)
{
	uint32_t arch, nr, again;
	int found, r = expr_arch(span, diags, &found, &arch);

	EXPECT(r < 0 || (found >= VD_ABI_NONE && found < VD_ABI_COUNT), "ABI %d", found);
	if (expr_syscall(span, abi, diags, &nr) < 0)
		return r;
	const char *name = vd_syscall_name(abi, nr);
	EXPECT(!name || (vd_syscall_number(abi, name, __builtin_strlen(name), &again) == 0 && again == nr),
	       "%s has two numbers", name);
	return 0;
}

static int read_c(const struct span *span, int abi, struct diags *diags)
{
	struct expr expr;
	struct expr_value value;
	int r = expr_parse(span, EXPR_C, diags, &expr, NULL);

	if (r == 0) {
		r = expr_fold_c(&expr, abi, diags, &value);
		expr_done(&expr);
	}
	return r;
}

static int read_line(const struct span *line, uint8_t first, struct diags *diags)
{
	struct span rest = span_of(line->text, line->off + 1, line->len - 1);
	uint64_t bits;
	size_t end;

	switch (first % 5) {
	case 0:
		return read_const(&rest, diags);
	case 1:
		return read_action(&rest, diags);
	case 2:
		return read_names(&rest, first % VD_ABI_COUNT, diags);
	case 3:
		return read_c(&rest, first % VD_ABI_COUNT, diags);
	default:
		if (expr_const_prefix(&rest, EXPR_ASM | EXPR_PREFIX, 32, diags, &bits, &end) < 0)
			return -1;
		EXPECT(end >= rest.off && end <= rest.off + rest.len, "an expression ends outside");
		return 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct diags diags;
	struct span line;
	size_t at = 0;
	int r = 0;

	diags_init(&diags);
	while (next_line(&text, &at, &line))
		if (line.len && read_line(&line, (uint8_t)text.data[line.off], &diags) < 0)
			r = -1;
	expect_diags(&diags, r);
	text_done(&text);
	return 0;
}
