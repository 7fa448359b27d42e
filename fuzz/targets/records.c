/* SPDX-License-Identifier: MIT */
/* Files of records, binary or text: one by one, and as batches. */
#include "fuzz/support/files.h"
#include "fuzz/support/support.h"
#include "loader/records.h"

#include <string.h>

struct totals {
	size_t n;
	uint64_t sum;
	bool bad;
};

static void count(struct totals *totals, const struct seccomp_data *data)
{
	const uint8_t *bytes = (const uint8_t *)data;

	totals->n++;
	for (size_t i = 0; i < sizeof(*data); i++)
		totals->sum = (totals->sum ^ bytes[i]) * 0x100000001b3u;
}

static struct totals read_all(bool batches)
{
	struct totals totals = { 0 };
	const struct seccomp_data *batch;
	struct seccomp_data data;
	struct records records;
	struct diags diags;
	size_t n;
	int r;

	diags_init(&diags);
	EXPECT(records_open("input", &diags, &records) == 0, "a file in memory is not opened");
	do {
		while (batches && (n = records_batch(&records, &batch)) > 0)
			for (size_t i = 0; i < n; i++)
				count(&totals, &batch[i]);
		r = records_next(&records, &data);
		if (r > 0)
			count(&totals, &data);
		totals.bad = totals.bad || r < 0;
	} while (r);
	records_close(&records);
	expect_diags(&diags, totals.bad ? -1 : 0);
	return totals;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	files_set(data, size);
	struct totals single = read_all(false), batches = read_all(true);
	EXPECT(single.n == batches.n && single.sum == batches.sum && single.bad == batches.bad,
	       "%zu records one by one, %zu in batches", single.n, batches.n);
	files_done();
	return 0;
}
