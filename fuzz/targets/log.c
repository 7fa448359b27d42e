/* SPDX-License-Identifier: MIT */
/* Whole logs, whose form is guessed: strict or not, the same calls are read and the same lines are refused.
 */
#include "fuzz/support/files.h"
#include "fuzz/support/support.h"
#include "loader/log/log.h"

struct totals {
	uint64_t calls, faults, lines;
};

static struct totals read_all(bool strict)
{
	struct totals totals = { 0 };
	struct log_call call;
	struct diags diags;
	struct log log;
	uint64_t line;
	int r;

	diags_init(&diags);
	EXPECT(log_open("input", strict, &diags, &log) == 0, "a file in memory is not opened");
	while (log.form != LOG_BINARY && (r = log_next(&log, &call, &line)) != 0) {
		EXPECT(line <= log.records.done, "line %llu of %zu", (unsigned long long)line,
		       log.records.done);
		totals.calls += r > 0;
		totals.lines += line;
		totals.faults += r < 0;
	}
	EXPECT(log.faults == totals.faults, "%llu faults are counted", (unsigned long long)log.faults);
	log_close(&log);
	expect_diags(&diags, strict && totals.faults ? -1 : 0);
	return totals;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	files_set(data, size);
	struct totals strict = read_all(true), lenient = read_all(false);
	EXPECT(strict.calls == lenient.calls && strict.faults == lenient.faults &&
		       strict.lines == lenient.lines,
	       "strict: %llu calls, else %llu", (unsigned long long)strict.calls,
	       (unsigned long long)lenient.calls);
	files_done();
	return 0;
}
