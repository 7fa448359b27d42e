/* SPDX-License-Identifier: MIT */
/* ABIs and system calls by name or number. */
#include "loader/expr/lex.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NEAR 3
#define WORD_MAX 64 /* of a mistyped word, as shown */

static int shown(const struct span *span)
{
	return (int)(span->len < WORD_MAX ? span->len : WORD_MAX);
}

/* A number where a name could stand: 1 and its 32 bits, 0 when the span is no number, -1 (diagnosed). */
static int number_32(const struct span *span, struct diags *diags, uint32_t *ret_number)
{
	struct span digits = *span;
	bool negative = span->len && span_bytes(span)[0] == '-';
	uint64_t value;

	if (negative) {
		digits.off++;
		digits.len--;
		digits = span_trim(digits);
	}
	if (!digits.len || !is_digit(*span_bytes(&digits)))
		return 0;
	if (number_parse(&digits, 0, diags, &value) < 0)
		return -1;
	if (value > (negative ? 0x80000000u : UINT32_MAX)) {
		diag_error(diags, span, "'%.*s' does not fit 32 bits", shown(span), span_bytes(span));
		return -1;
	}
	*ret_number = negative ? -(uint32_t)value : (uint32_t)value;
	return 1;
}

/* " (i386, x32 and 3 more have it)" */
static void abis_with(const char *name, size_t len, char *buf, size_t size)
{
	int found = 0, used = 0;
	uint32_t nr;

	buf[0] = '\0';
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		if (vd_syscall_number(abi, name, len, &nr) < 0)
			continue;
		if (found++ < NEAR)
			used += snprintf(buf + used, size - (size_t)used, "%s%s", used ? ", " : "",
					 vd_abi_info(abi)->name);
	}
	if (found > NEAR)
		snprintf(buf + used, size - (size_t)used, " and %d more", found - NEAR);
}

/* sys_read, __NR_read, SYS_read: the name without what comes before it, when that is a call. */
static size_t decoration(int abi, const struct span *name)
{
	static const char *const prefixes[] = { "sys_", "__NR_", "SYS_", "__x64_sys_", "__ia32_sys_" };
	uint32_t nr;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t n = strlen(prefixes[i]);
		if (name->len > n && !memcmp(span_bytes(name), prefixes[i], n) &&
		    vd_syscall_number(abi, span_bytes(name) + n, name->len - n, &nr) == 0)
			return n;
	}
	return 0;
}

static int unknown_syscall(const struct span *name, int abi, int error, struct diags *diags)
{
	const char *near[NEAR], *abi_name = vd_abi_info(abi)->name;
	size_t skip = decoration(abi, name);
	char abis[96];

	if (error == -ENOENT) {
		abis_with(span_bytes(name), name->len, abis, sizeof(abis));
		diag_error(diags, name, "%s has no system call '%.*s'", abi_name, shown(name), span_bytes(name));
		diag_hint(diags, "%s %s it", abis, strpbrk(abis, ", ") ? "have" : "has");
		return -1;
	}
	diag_error(diags, name, "unknown system call '%.*s'", shown(name), span_bytes(name));
	if (skip)
		diag_hint(diags, "write '%.*s'", (int)(name->len - skip), span_bytes(name) + skip);
	else
		diag_hint_names(diags, near,
				vd_names_near(VD_NAME_SYSCALL, abi, span_bytes(name), name->len, near, NEAR));
	return -1;
}

static int number_of(const struct span *span, int abi, uint32_t number, struct diags *diags, uint32_t *ret_nr)
{
	const struct vd_abi_info *info = vd_abi_info(abi);

	if (info && info->nr_bit && (number & ~info->nr_bit) >= info->nr_bit) {
		diag_error(diags, span, "'%.*s' is no number of %s", shown(span), span_bytes(span), info->name);
		diag_hint(diags, "its numbers are 0 to 0x%x, with or without the bit 0x%x", info->nr_bit - 1,
			  info->nr_bit);
		return -1;
	}
	*ret_nr = number | (info ? info->nr_bit : 0);
	return 0;
}

int expr_syscall(const struct span *span, int abi, struct diags *diags, uint32_t *ret_nr)
{
	struct span name = span_trim(*span);
	uint32_t number;
	int r = number_32(&name, diags, &number);

	if (r < 0)
		return -1;
	if (r)
		return number_of(&name, abi, number, diags, ret_nr);
	if (!name.len) {
		diag_error(diags, &name, "the name or number of a system call is meant here");
		return -1;
	}
	if (!vd_abi_info(abi)) {
		diag_error(diags, &name,
			   "'%.*s': the names of this architecture's system calls are not known",
			   shown(&name), span_bytes(&name));
		diag_hint(diags, "write the call's number");
		return -1;
	}
	r = vd_syscall_number(abi, span_bytes(&name), name.len, &number);
	if (r < 0)
		return unknown_syscall(&name, abi, r, diags);
	*ret_nr = number;
	return 0;
}

int expr_arch(const struct span *span, struct diags *diags, int *ret_abi, uint32_t *ret_arch)
{
	struct span name = span_trim(*span);
	const char *near[NEAR];
	uint32_t number;
	int r = number_32(&name, diags, &number);

	if (r < 0)
		return -1;
	if (r) {
		*ret_abi = VD_ABI_NONE;
		*ret_arch = number;
		return 0;
	}
	int abi = vd_abi_by_name(span_bytes(&name), name.len);
	if (abi == VD_ABI_NONE) {
		diag_error(diags, &name, "unknown ABI '%.*s'", shown(&name), span_bytes(&name));
		diag_hint_names(diags, near,
				vd_names_near(VD_NAME_ABI, VD_ABI_NONE, span_bytes(&name), name.len, near,
					      NEAR));
		return -1;
	}
	*ret_abi = abi;
	*ret_arch = vd_abi_info(abi)->audit_arch;
	return 0;
}
