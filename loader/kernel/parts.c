/* SPDX-License-Identifier: MIT */
#include "loader/kernel/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * A derivative shows eleven bits as errno 1024 to 3071: clear of 0 (success),
 * of 512 to 516 (which a pending signal turns into EINTR), below the cap 4095.
 */
#define PART_BITS 11u
#define PART_MASK ((1u << PART_BITS) - 1)
#define PART_BASE 1024u

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

bool parts_computes(const struct vd_prog *prog)
{
	const struct sock_filter *insns = vd_prog_insns(prog);

	for (size_t pc = 0; pc < vd_prog_len(prog); pc++)
		if (insns[pc].code == (BPF_RET | BPF_A))
			return true;
	return false;
}

/* The distinct values of a program without RET A; table NULL where there are too many. */
static int make_table(struct parts *parts, const struct vd_prog *prog)
{
	const struct sock_filter *insns = vd_prog_insns(prog);
	size_t len = vd_prog_len(prog), n = 0, distinct = 0;
	uint32_t *table = malloc(len * sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (size_t pc = 0; pc < len; pc++)
		if (insns[pc].code == (BPF_RET | BPF_K))
			table[n++] = insns[pc].k;
	qsort(table, n, sizeof(*table), by_value);
	for (size_t i = 0; i < n; i++)
		if (!i || table[i] != table[i - 1])
			table[distinct++] = table[i];
	if (distinct > PART_MASK) {
		free(table);
		return 0;
	}
	parts->table = table;
	parts->table_n = distinct;
	return 0;
}

/* The bits of a value that a part shows. */
static uint32_t part_of(const struct parts *parts, size_t part, uint32_t value)
{
	if (!parts->table)
		return value >> (part * PART_BITS) & PART_MASK;
	const uint32_t *at = bsearch(&value, parts->table, parts->table_n, sizeof(value), by_value);
	return (uint32_t)(at - parts->table);
}

static void derive(const struct parts *parts, const struct vd_prog *prog, size_t part, bool epilogues,
		   struct sock_filter *ret_insns)
{
	const struct sock_filter *insns = vd_prog_insns(prog);
	const uint32_t base = SECCOMP_RET_ERRNO | PART_BASE;
	const struct sock_filter epilogue[] = {
		{ BPF_ALU | BPF_RSH | BPF_K, 0, 0, (uint32_t)part * PART_BITS },
		{ BPF_ALU | BPF_AND | BPF_K, 0, 0, PART_MASK },
		{ BPF_ALU | BPF_ADD | BPF_K, 0, 0, base },
		{ BPF_RET | BPF_A, 0, 0, 0 },
	};
	size_t len = vd_prog_len(prog);

	for (size_t pc = 0; pc < len; pc++) {
		ret_insns[pc] = insns[pc];
		if (insns[pc].code == (BPF_RET | BPF_K))
			ret_insns[pc].k = base + part_of(parts, part, insns[pc].k);
		else if (insns[pc].code == (BPF_RET | BPF_A))
			ret_insns[pc] = (struct sock_filter){ BPF_JMP | BPF_JA, 0, 0,
							      (uint32_t)(len - pc - 1) };
	}
	_Static_assert(sizeof(epilogue) / sizeof(*epilogue) == PARTS_EPILOGUE, "");
	if (epilogues)
		memcpy(ret_insns + len, epilogue, sizeof(epilogue));
}

void parts_done(struct parts *parts)
{
	for (size_t part = 0; part < PARTS_MAX; part++)
		free(parts->insns[part]);
	free(parts->table);
	*parts = (struct parts){ 0 };
}

int parts_init(struct parts *parts, const struct vd_prog *prog, const struct sock_filter *before,
	       size_t n_before)
{
	bool computes = parts_computes(prog);
	size_t len = n_before + vd_prog_len(prog) + (computes ? PARTS_EPILOGUE : 0);

	*parts = (struct parts){ 0 };
	if (len > BPF_MAXINSNS)
		return -E2BIG;
	if (!computes && make_table(parts, prog) < 0)
		return -ENOMEM;
	parts->n = parts->table ? 1 : PARTS_MAX;
	for (size_t part = 0; part < parts->n; part++) {
		parts->insns[part] = malloc(len * sizeof(struct sock_filter));
		if (!parts->insns[part]) {
			parts_done(parts);
			return -ENOMEM;
		}
		if (n_before)
			memcpy(parts->insns[part], before, n_before * sizeof(*before));
		derive(parts, prog, part, computes, parts->insns[part] + n_before);
		parts->lens[part] = len;
	}
	return 0;
}

uint32_t parts_add(const struct parts *parts, size_t part, uint32_t sum, long result)
{
	/* int $0x80 gives 32 bits */
	uint32_t shown = ((uint32_t) - (int32_t)result - PART_BASE) & PART_MASK;

	return parts->table ? shown : sum | shown << (part * PART_BITS);
}

uint32_t parts_value(const struct parts *parts, uint32_t sum)
{
	return parts->table ? parts->table[sum < parts->table_n ? sum : 0] : sum;
}
