/* SPDX-License-Identifier: MIT */
#include "loader/exec/report.h"
#include "loader/call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define FILTER_WIDTH 18

static const char *filter_name(const struct watch *watch, const struct vd_verdict *verdict)
{
	return verdict->filter < 0 ? NULL : watch->stack.names[verdict->filter];
}

/* "x86_64 mkdir": a call without its arguments. */
static void format_call_name(const struct tally_row *row, char *buf, size_t size)
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

static void print_rows(const struct watch *watch, FILE *out)
{
	struct tally_row **rows = tally_sorted(&watch->tally, TALLY_BY_VERDICT);
	char call[64], verdict[96];

	fprintf(out, "\n%10s  %-18s %-*s %s\n", "calls", "verdict", FILTER_WIDTH, "filter", "system call");
	for (size_t i = 0; i < watch->tally.rows; i++) {
		const char *name = filter_name(watch, &rows[i]->verdict);
		/* of a long path the end tells more */
		if (name && strlen(name) > FILTER_WIDTH)
			name += strlen(name) - FILTER_WIDTH;
		format_call_name(rows[i], call, sizeof(call));
		vd_action_format(rows[i]->verdict.ret, verdict, sizeof(verdict));
		fprintf(out, "%10" PRIu64 "  %-18s %-*s %s\n", rows[i]->n, verdict, FILTER_WIDTH,
			name ? name : "-", call);
	}
	if (watch->tally.others)
		fprintf(out, "%10" PRIu64 "  with other values\n", watch->tally.others);
	free(rows);
}

static void print_denials(const struct watch *watch, FILE *out)
{
	struct tally_row **rows = tally_sorted(&watch->tally, TALLY_BY_TIME);
	char call[CALL_TEXT_MAX], verdict[96];

	fputs("\nthe first call of each denial, to paste after verdict eval SOURCE... --\n", out);
	for (size_t i = 0; i < watch->tally.rows; i++) {
		if (!verdict_denies(rows[i]->verdict.ret))
			continue;
		call_format(&rows[i]->first, call, sizeof(call));
		vd_action_format(rows[i]->verdict.ret, verdict, sizeof(verdict));
		fprintf(out, "  '%s'    # %s\n", call, verdict);
	}
	free(rows);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void watch_print(const struct watch *watch, FILE *out)
{
	const struct tally *tally = &watch->tally;

	fprintf(out, "verdict exec: %" PRIu64 " call%s, %" PRIu64 " denied", tally->calls,
		plural(tally->calls), tally->denied);
	if (watch->disagreements)
		fprintf(out, "; MACHINE AND KERNEL DISAGREE on %" PRIu64, watch->disagreements);
	else if (watch->compared)
		fprintf(out, " (%" PRIu64 " seen to be denied by the kernel as well)", watch->compared);
	fputs("\n", out);
	if (watch->foreign)
		fprintf(out,
			"  %" PRIu64
			" call%s judged by other filters as well: not compared with the kernel\n",
			watch->foreign, watch->foreign == 1 ? " was" : "s were");
	if (watch->bypassed)
		fprintf(out, "  %" PRIu64 " more that no filter sees (uprobe, uretprobe)\n", watch->bypassed);
	if (watch->no_new_privs)
		fputs("  no_new_privs is set, as without CAP_SYS_ADMIN it has to be: set-user-ID programs\n"
		      "  run without their privileges\n",
		      out);
	if (!tally->rows)
		return;
	print_rows(watch, out);
	if (tally->denied)
		print_denials(watch, out);
}

static void row_json(struct json *json, const struct watch *watch, const struct tally_row *row)
{
	json_object(json);
	json_key(json, "count");
	json_number(json, (long long)row->n);
	json_key(json, "verdict");
	verdict_json(json, &row->verdict, filter_name(watch, &row->verdict));
	json_key(json, "denied");
	json_bool(json, verdict_denies(row->verdict.ret));
	json_key(json, "first");
	call_json(json, &row->first);
	json_end(json, '}');
}

static void end_json(struct json *json, int status)
{
	json_key(json, WIFSIGNALED(status) ? "signal" : "status");
	json_number(json, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

void watch_json(const struct watch *watch, int wait_status, FILE *out)
{
	const struct {
		const char *key;
		uint64_t value;
	} counts[] = {
		{ "calls", watch->tally.calls },    { "denied", watch->tally.denied },
		{ "compared", watch->compared },    { "disagreements", watch->disagreements },
		{ "not_compared", watch->foreign }, { "others", watch->tally.others },
		{ "bypassed", watch->bypassed },
	};
	struct tally_row **rows = tally_sorted(&watch->tally, TALLY_BY_VERDICT);
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	end_json(&json, wait_status);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		json_key(&json, counts[i].key);
		json_number(&json, (long long)counts[i].value);
	}
	json_key(&json, "no_new_privs");
	json_bool(&json, watch->no_new_privs);
	json_key(&json, "rows");
	json_array(&json);
	for (size_t i = 0; i < watch->tally.rows; i++)
		row_json(&json, watch, rows[i]);
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
	free(rows);
}
