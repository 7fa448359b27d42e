/* SPDX-License-Identifier: MIT */
#include "bench/cost/compare.h"
#include "loader/json.h"

#include <inttypes.h>

#define SHOWN 20u

static const char *const way_names[WAYS] = { "machine", "engine", "kernel" };

static void put_way(const struct way_compared *way, const char *name, FILE *out)
{
	const struct estimate *difference = &way->difference;

	fprintf(out, "%-10s %9.1f %9.1f %+10.1f  %+8.1f .. %+.1f", name, way->this, way->other,
		difference->value, difference->low, difference->high);
	if (difference->low <= 0 && difference->high >= 0)
		fputs("  none that is sure", out);
	else if (way->other > 0)
		fprintf(out, "  %+.1f %%", difference->value / way->other * 100);
	fputc('\n', out);
}

/* "+0.0", whatever its sign was. */
static double plain_zero(double value)
{
	return value > -0.05 && value < 0.05 ? 0 : value;
}

static void put_row(const struct comparison *comparison, const struct row_compared *compared, FILE *out)
{
	const struct row *row = &comparison->cost->rows[compared->row];
	char number[64];

	fprintf(out, "%-24.24s %7u %7u", row_name(row, number), compared->insns[0], compared->insns[1]);
	for (int way = 0; way < WAYS; way++) {
		if (way == WAY_KERNEL && !comparison->kernel)
			continue;
		if (compared->known[way])
			fprintf(out, " %+10.1f", plain_zero(compared->ns[way]));
		else
			fprintf(out, " %10s", "-");
	}
	fputc('\n', out);
}

void comparison_text(const struct comparison *comparison, FILE *out)
{
	const struct cost *cost = comparison->cost;

	fprintf(out, "this:  %s\nother: %s\n", cost->subject->name, comparison->other.name);
	if (cost->records)
		fprintf(out, "weighted by %s, %" PRIu64 " records\n", cost->records, cost->seen);
	fprintf(out, "\n%-10s %9s %9s %10s  %s\n", "ns a call", "this", "other", "difference",
		"95 % confidence interval");
	for (int way = 0; way < WAYS; way++)
		if (comparison->ways[way].known)
			put_way(&comparison->ways[way], way_names[way], out);
	if (comparison->kernel && comparison->ways[WAY_KERNEL].count < comparison->ways[WAY_MACHINE].count)
		fputs("kernel: without the calls that one of the stacks ends, or that cannot be asked\n",
		      out);
	if (comparison->kernel)
		put_quiet(comparison->quiet, "kernel: ", out);
	fprintf(out,
		"\nWhat differs most: this less the other, nanoseconds a call\n%-24s %7s %7s %10s %10s%s\n",
		"call", "insns", "other", "machine", "engine", comparison->kernel ? "     kernel" : "");
	for (size_t i = 0; i < cost->n_rows && i < SHOWN; i++)
		put_row(comparison, &comparison->rows[i], out);
}

static void real(struct json *json, const char *key, double value)
{
	json_key(json, key);
	json_real(json, value);
}

static void way_json(struct json *json, const char *name, const struct way_compared *way)
{
	json_key(json, name);
	if (!way->known) {
		json_null(json);
		return;
	}
	json_object(json);
	real(json, "this", way->this);
	real(json, "other", way->other);
	real(json, "difference", way->difference.value);
	real(json, "low", way->difference.low);
	real(json, "high", way->difference.high);
	json_key(json, "passes");
	json_number(json, (long long)way->passes);
	json_key(json, "records");
	json_number(json, (long long)way->count);
	json_end(json, '}');
}

static void row_json(const struct comparison *comparison, const struct row_compared *compared,
		     struct json *json)
{
	const struct row *row = &comparison->cost->rows[compared->row];
	char number[64];

	json_object(json);
	json_key(json, "audit_arch");
	json_hex32(json, row->arch);
	json_key(json, "nr");
	json_number(json, (int)row->nr);
	json_key(json, "syscall");
	json_string(json, row_name(row, number));
	json_key(json, "count");
	json_number(json, (long long)row->count);
	json_key(json, "instructions");
	json_array(json);
	for (int side = 0; side < 2; side++)
		json_number(json, compared->insns[side]);
	json_end(json, ']');
	for (int way = 0; way < WAYS; way++) {
		json_key(json, way_names[way]);
		if (compared->known[way])
			json_real(json, compared->ns[way]);
		else
			json_null(json);
	}
	json_end(json, '}');
}

void comparison_json(const struct comparison *comparison, FILE *out)
{
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	json_key(&json, "this");
	json_string(&json, comparison->cost->subject->name);
	json_key(&json, "other");
	json_string(&json, comparison->other.name);
	json_key(&json, "records");
	json_string(&json, comparison->cost->records);
	for (int way = 0; way < WAYS; way++)
		way_json(&json, way_names[way], &comparison->ways[way]);
	json_key(&json, "full_speed");
	if (comparison->kernel)
		json_real(&json, comparison->quiet);
	else
		json_null(&json);
	json_key(&json, "calls");
	json_array(&json);
	for (size_t i = 0; i < comparison->cost->n_rows; i++)
		row_json(comparison, &comparison->rows[i], &json);
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
}
