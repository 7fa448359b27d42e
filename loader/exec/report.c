/* SPDX-License-Identifier: MIT */
#include "loader/exec/report.h"
#include "loader/call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char *filter_name(const struct watch *watch, const struct vd_verdict *verdict)
{
	return verdict->filter < 0 ? NULL : watch->stack.names[verdict->filter];
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
	tally_print(tally, watch->stack.names, out);
	if (tally->denied)
		print_denials(watch, out);
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
	for (size_t i = 0; i < watch->tally.rows; i++) {
		tally_row_json(&json, rows[i], filter_name(watch, &rows[i]->verdict));
		json_end(&json, '}');
	}
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
	free(rows);
}
