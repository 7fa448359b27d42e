/* SPDX-License-Identifier: MIT */
/* A record's parts as case files write them. */
#include "cases/gen/gen.h"

#include <inttypes.h>
#include <string.h>

/* The number as case files of this ABI have it. */
static uint32_t number_of(const struct gen_record *record)
{
	uint32_t nr = (uint32_t)record->data.nr;

	return record->abi == VD_ABI_NONE ? nr : nr & ~vd_abi_info(record->abi)->nr_bit;
}

/* A call's name, or its number. */
const char *gen_call_of(const struct gen_record *record, char *buf, size_t size)
{
	uint32_t nr = (uint32_t)record->data.nr, number;
	const char *name = record->abi == VD_ABI_NONE ? NULL : vd_syscall_name(record->abi, nr);

	if (name && vd_syscall_number(record->abi, name, strlen(name), &number) == 0 && number == nr)
		return name;
	nr = number_of(record);
	snprintf(buf, size, nr < 0x10000 ? "%" PRIu32 : "0x%" PRIx32, nr);
	return buf;
}

const char *gen_arch_of(const struct gen_record *record, char *buf, size_t size)
{
	bool reads = false;

	for (unsigned field = 0; field < GEN_FIELDS; field++)
		reads |= record->read[field];
	if (!reads)
		return "any";
	if (record->abi != VD_ABI_NONE)
		return vd_abi_info(record->abi)->name;
	snprintf(buf, size, "0x%08" PRIx32, record->data.arch);
	return buf;
}

uint64_t gen_field_value(const struct gen_record *record, unsigned field)
{
	return field == GEN_IP ? record->data.instruction_pointer : record->data.args[field - GEN_ARGS];
}

/* Some field holds more than the ABI's registers: only a condition over all archs can say so. */
bool gen_is_too_wide(const struct gen_record *record)
{
	int abi = vd_abi_of(record->data.arch, 0);

	for (unsigned field = GEN_IP; field < GEN_FIELDS; field++)
		if (record->read[field] && abi != VD_ABI_NONE && vd_abi_info(abi)->reg_bits == 32 &&
		    gen_field_value(record, field) > UINT32_MAX)
			return true;
	return false;
}

/* "flags"; NULL: the tables do not know. */
const char *gen_arg_name(const struct gen_record *record, unsigned arg)
{
	struct vd_arg args[6];
	int n = record->abi == VD_ABI_NONE || !record->read[GEN_NR]
			? 0
			: vd_syscall_args(record->abi, (uint32_t)record->data.nr, args);

	return (int)arg < n ? args[arg].name : NULL;
}

/* "flags", "arg0" or "ip". */
static const char *gen_field_name(const struct gen_record *record, unsigned field, char *buf, size_t size)
{
	const char *name = field == GEN_IP ? "ip" : gen_arg_name(record, field - GEN_ARGS);

	if (!name)
		snprintf(buf, size, "arg%u", field - GEN_ARGS);
	return name ? name : buf;
}

/* The condition with the arguments' names. */
void gen_name_condition(const struct gen_record *record, char *buf, size_t size)
{
	size_t at = 0;
	char name[64];

	for (const char *c = record->when; *c && at + sizeof(name) < size;) {
		bool is_arg = !strncmp(c, "arg", 3) && c[3] >= '0' && c[3] <= '5';
		if (is_arg)
			at += (size_t)snprintf(buf + at, size - at, "%s",
					       gen_field_name(record, GEN_ARGS + (unsigned)(c[3] - '0'), name,
							      sizeof(name)));
		else
			buf[at++] = *c;
		c += is_arg ? 4 : 1;
	}
	buf[at] = '\0';
}

/* "flags 0x10000000, arg5 7" */
void gen_list_values(const struct gen_record *record, char *buf, size_t size)
{
	const char *before = "";
	size_t at = 0;
	char name[64];

	buf[0] = '\0';
	for (unsigned field = GEN_IP; field < GEN_FIELDS && at + 100 < size; field++) {
		uint64_t value = gen_field_value(record, field);
		if (!record->read[field])
			continue;
		at += (size_t)snprintf(buf + at, size - at,
				       value < 1000 ? "%s%s %" PRIu64 : "%s%s 0x%" PRIx64, before,
				       gen_field_name(record, field, name, sizeof(name)), value);
		before = ", ";
	}
}
