/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/tally/tally.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_WIDTH 18

void tally_call_name(const struct tally_row *row, char *buf, size_t size)
{
	const char *name = vd_syscall_name(row->abi, (uint32_t)row->first.nr);
	const struct vd_abi_info *abi = vd_abi_info(row->abi);
	char arch[16];

	snprintf(arch, sizeof(arch), "0x%08x", row->first.arch);
	if (name)
		snprintf(buf, size, "%s %s", abi->name, name);
	else
		snprintf(buf, size, "%s %d", abi ? abi->name : arch, row->first.nr);
}

void tally_print(const struct tally *tally, char *const *names, FILE *out)
{
	struct tally_row **rows = tally_sorted(tally, TALLY_BY_VERDICT);
	char call[64], verdict[96];

	fprintf(out, "\n%10s  %-18s %-*s %s\n", "calls", "verdict", FILTER_WIDTH, "filter", "system call");
	for (size_t i = 0; i < tally->rows; i++) {
		int filter = rows[i]->verdict.filter;
		const char *name = filter < 0 ? "-" : names[filter];
		/* of a long path the end tells more */
		if (strlen(name) > FILTER_WIDTH)
			name += strlen(name) - FILTER_WIDTH;
		tally_call_name(rows[i], call, sizeof(call));
		vd_action_format(rows[i]->verdict.ret, verdict, sizeof(verdict));
		fprintf(out, "%10" PRIu64 "  %-18s %-*s %s\n", rows[i]->n, verdict, FILTER_WIDTH, name, call);
	}
	if (tally->others)
		fprintf(out, "%10" PRIu64 "  with other values\n", tally->others);
	free(rows);
}

void tally_row_json(struct json *json, const struct tally_row *row, const char *filter)
{
	json_object(json);
	json_key(json, "count");
	json_number(json, (long long)row->n);
	json_key(json, "verdict");
	verdict_json(json, &row->verdict, filter);
	json_key(json, "denied");
	json_bool(json, verdict_denies(row->verdict.ret));
	json_key(json, "first");
	call_json(json, &row->first);
}
