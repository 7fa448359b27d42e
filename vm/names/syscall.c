/* SPDX-License-Identifier: MIT */
/* System calls: names to numbers by binary search, numbers to names by index. */
#include "vm/names/names.h"

#include <errno.h>

enum table {
#define VD_TABLE(table, base) TABLE_##table,
#include "vm/names/syscalls.inc"
#undef VD_TABLE
	TABLE_COUNT
};

#define X UINT32_MAX
static const struct row {
	const char *name;
	uint32_t nr[TABLE_COUNT];
} rows[] = {
#define VD_SYSCALL(name, ...) { #name, { __VA_ARGS__ } },
#include "vm/names/syscalls.inc"
#undef VD_SYSCALL
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

#define VD_ARRAYS
#include "vm/names/syscalls.inc"
#undef VD_ARRAYS

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct index {
	const uint16_t *order; /* rows by number */
	const uint16_t *dense; /* row + 1 of number base + i */
	uint32_t base;
	uint16_t count;
	uint16_t dense_count;
} indexes[TABLE_COUNT] = {
#define VD_TABLE(table, base) \
	{ order_##table, dense_##table, base, LENGTH(order_##table), LENGTH(dense_##table) },
#include "vm/names/syscalls.inc"
#undef VD_TABLE
};

/* ABIs that differ in byte order alone have one table. */
static int table_of(enum vd_abi abi)
{
	switch (abi) {
	case VD_ABI_X86_64:
		return TABLE_x86_64;
	case VD_ABI_I386:
		return TABLE_i386;
	case VD_ABI_X32:
		return TABLE_x32;
	case VD_ABI_AARCH64:
		return TABLE_aarch64;
	case VD_ABI_ARM:
		return TABLE_arm;
	case VD_ABI_RISCV64:
		return TABLE_riscv64;
	case VD_ABI_RISCV32:
		return TABLE_riscv32;
	case VD_ABI_S390:
		return TABLE_s390;
	case VD_ABI_S390X:
		return TABLE_s390x;
	case VD_ABI_PPC:
		return TABLE_ppc;
	case VD_ABI_PPC64:
	case VD_ABI_PPC64LE:
		return TABLE_ppc64;
	case VD_ABI_MIPS:
	case VD_ABI_MIPSEL:
		return TABLE_mips;
	case VD_ABI_MIPS64:
	case VD_ABI_MIPSEL64:
		return TABLE_mips64;
	case VD_ABI_MIPS64N32:
	case VD_ABI_MIPSEL64N32:
		return TABLE_mips64n32;
	case VD_ABI_LOONGARCH64:
		return TABLE_loongarch64;
	case VD_ABI_M68K:
		return TABLE_m68k;
	case VD_ABI_PARISC:
		return TABLE_parisc;
	case VD_ABI_PARISC64:
		return TABLE_parisc64;
	case VD_ABI_SH:
	case VD_ABI_SHEB:
		return TABLE_sh;
	case VD_ABI_NONE:
	case VD_ABI_COUNT:
		break;
	}
	return -1;
}

static uint32_t nr_bit(int abi)
{
	return vd_abi_info(abi)->nr_bit;
}

size_t vd_syscall_names(void)
{
	return ROWS;
}

const char *vd_syscall_name_at(size_t i)
{
	return i < ROWS ? rows[i].name : NULL;
}

static const struct row *find_row(const char *name, size_t len)
{
	int row = vd_name_search(vd_syscall_name_at, ROWS, name, len);

	return row < 0 ? NULL : &rows[row];
}

int vd_syscall_number(int abi, const char *name, size_t len, uint32_t *ret_nr)
{
	const struct row *row = find_row(name, len);
	int table = table_of((enum vd_abi)abi);

	if (!row || table < 0)
		return -EINVAL;
	if (row->nr[table] == X)
		return -ENOENT;
	*ret_nr = row->nr[table] | nr_bit(abi);
	return 0;
}

/* For numbers past the dense part: ARM's private calls. */
static int find_sparse(int table, uint32_t nr)
{
	const struct index *index = &indexes[table];

	for (size_t i = index->count; i > 0; i--) {
		uint32_t found = rows[index->order[i - 1]].nr[table];

		if (found == nr)
			return index->order[i - 1];
		if (found < nr)
			break;
	}
	return -1;
}

int vd_syscall_row(int abi, uint32_t nr)
{
	int table = table_of((enum vd_abi)abi);

	if (table < 0 || (nr & nr_bit(abi)) != nr_bit(abi))
		return -1;
	nr ^= nr_bit(abi);
	if (nr - indexes[table].base < indexes[table].dense_count)
		return (int)indexes[table].dense[nr - indexes[table].base] - 1;
	return find_sparse(table, nr);
}

const char *vd_syscall_name(int abi, uint32_t nr)
{
	int row = vd_syscall_row(abi, nr);

	return row < 0 ? NULL : rows[row].name;
}

size_t vd_abi_syscalls(int abi)
{
	int table = table_of((enum vd_abi)abi);

	return table < 0 ? 0 : indexes[table].count;
}

uint32_t vd_abi_syscall_at(int abi, size_t i)
{
	int table = table_of((enum vd_abi)abi);

	return rows[indexes[table].order[i]].nr[table] | nr_bit(abi);
}
