/* SPDX-License-Identifier: MIT */
#include "bench/cost/confirm.h"
#include "bench/cost/cost.h"
#include "loader/call.h"
#include "loader/json.h"

#include <stdlib.h>

/* Nanoseconds: the median, and between what half of the turns were; null: not known. */
static void estimate_json(struct json *json, const char *key, struct estimate estimate)
{
	json_key(json, key);
	if (!estimate.known) {
		json_null(json);
		return;
	}
	json_object(json);
	json_key(json, "ns");
	json_real(json, estimate.value);
	json_key(json, "low");
	json_real(json, estimate.low);
	json_key(json, "high");
	json_real(json, estimate.high);
	json_end(json, '}');
}

static void number(struct json *json, const char *key, long long value)
{
	json_key(json, key);
	json_number(json, value);
}

static void all_three(struct json *json, struct estimate machine, struct estimate engine,
		      struct estimate kernel)
{
	estimate_json(json, "machine", machine);
	estimate_json(json, "engine", engine);
	estimate_json(json, "kernel", kernel);
}

static const char *const kernel_words[] = {
	[KERNEL_COST_NOT_ASKED] = "not asked", [KERNEL_COST_JUDGED] = "judged",
	[KERNEL_COST_BITMAP] = "bitmap",       [KERNEL_COST_ENDS] = "ends",
	[KERNEL_COST_NO_ENTRY] = "no entry",   [KERNEL_COST_BYPASSED] = "bypassed",
};
static const char *const confirmed_words[] = {
	[CONFIRM_NOT_ASKED] = NULL,
	[CONFIRM_AGREES] = "agrees",
	[CONFIRM_DIFFERS] = "differs",
	[CONFIRM_IMPOSSIBLE] = "not measured",
};

static void point_json(const struct cost *cost, const struct point *point, struct json *json)
{
	size_t n = vd_stack_len(cost->subject->filters.stack);
	unsigned *each = calloc(n ? n : 1, sizeof(*each));

	json_object(json);
	json_key(json, "record");
	call_json(json, &point->data);
	number(json, "count", (long long)point->count);
	number(json, "instructions", point->insns);
	json_key(json, "instructions_by_filter");
	json_array(json);
	if (each) {
		subject_turn_to(cost->subject, &point->data);
		point_instructions(cost->subject, &point->data, each);
	}
	for (size_t i = 0; i < n && each; i++)
		json_number(json, each[i]);
	json_end(json, ']');
	all_three(json, point->machine, point->engine, point->kernel);
	json_key(json, "how");
	json_string(json, kernel_words[point->kernel_cost]);
	json_end(json, '}');
	free(each);
}

static void row_json(const struct cost *cost, const struct row *row, struct json *json)
{
	char name[64];

	json_object(json);
	json_key(json, "audit_arch");
	json_hex32(json, row->arch);
	number(json, "nr", (int)row->nr);
	json_key(json, "syscall");
	json_string(json, row_name(row, name));
	number(json, "count", (long long)row->count);
	json_key(json, "by_arguments");
	json_bool(json, row->by_words);
	number(json, "instructions_max", row->worst);
	json_key(json, "instructions_max_proved");
	json_bool(json, row->worst_proved);
	json_key(json, "bitmap");
	json_bool(json, row->bitmap);
	json_key(json, "bitmap_measured");
	json_string(json, confirmed_words[row->confirmed]);
	all_three(json, row->machine, row->engine, row->kernel);
	json_key(json, "points");
	json_array(json);
	for (size_t i = row->first; i < row->first + row->n; i++)
		point_json(cost, &cost->points[i], json);
	json_end(json, ']');
	json_end(json, '}');
}

static void group_json(const struct cost *cost, const char *key, enum cost_group group, struct json *json)
{
	struct group_cost sum = cost_of(cost, group);

	json_key(json, key);
	json_object(json);
	number(json, "calls", (long long)sum.rows);
	number(json, "records", (long long)sum.count);
	number(json, "records_in_kernel", (long long)sum.measured);
	all_three(json, sum.machine, sum.engine, sum.kernel);
	json_end(json, '}');
}

static void places_json(const struct cost *cost, struct json *json)
{
	json_key(json, "places");
	if (!cost_of(cost, COST_ALL).measured) {
		json_null(json);
		return;
	}
	json_object(json);
	number(json, "n", cost->n_places);
	json_key(json, "low");
	json_real(json, cost->places.low);
	json_key(json, "high");
	json_real(json, cost->places.high);
	json_key(json, "within");
	json_real(json, cost->within_place);
	json_end(json, '}');
}

static void kernel_json(const struct cost *cost, struct json *json)
{
	json_key(json, "kernel");
	if (!cost->kernel) {
		json_null(json);
		return;
	}
	json_object(json);
	estimate_json(json, "entry", cost->base[0].entry);
	estimate_json(json, "bitmap", cost->base[0].bitmap);
	estimate_json(json, "entry_i386", cost->base[1].entry);
	estimate_json(json, "bitmap_i386", cost->base[1].bitmap);
	json_key(json, "has_bitmap");
	json_bool(json, cost->has_bitmap);
	number(json, "bitmap_end", cost->table_end[0]);
	number(json, "bitmap_end_i386", cost->table_end[1]);
	places_json(cost, json);
	json_key(json, "full_speed");
	json_real(json, cost->quiet);
	json_end(json, '}');
}

static void worst_json(const struct cost *cost, struct json *json)
{
	json_key(json, "worst");
	json_object(json);
	number(json, "instructions", cost->worst);
	json_key(json, "proved");
	json_bool(json, cost->worst_proved);
	json_key(json, "record");
	call_json(json, &cost->worst_data);
	json_end(json, '}');
}

static void stack_json(const struct cost *cost, struct json *json)
{
	json_key(json, "filters");
	json_array(json);
	for (size_t i = 0; i < vd_stack_len(cost->subject->filters.stack); i++) {
		json_object(json);
		json_key(json, "source");
		json_string(json, subject_filter(cost->subject, i));
		number(json, "length",
		       (long long)vd_prog_len(vd_stack_prog(cost->subject->filters.stack, i)));
		json_key(json, "instructions");
		json_real(json, cost->filters[i].insns);
		estimate_json(json, "machine", cost->filters[i].machine);
		estimate_json(json, "kernel", cost->filters[i].kernel);
		json_end(json, '}');
	}
	json_end(json, ']');
	json_key(json, "depth");
	json_array(json);
	for (size_t i = 0; i < cost->n_steps; i++) {
		json_object(json);
		number(json, "filters", (long long)cost->steps[i].filters);
		all_three(json, cost->steps[i].machine, cost->steps[i].engine, cost->steps[i].kernel);
		json_end(json, '}');
	}
	json_end(json, ']');
}

void cost_json(const struct cost *cost, struct json *json)
{
	json_object(json);
	json_key(json, "source");
	json_string(json, cost->subject->name);
	json_key(json, "records");
	json_string(json, cost->records);
	number(json, "records_left_out", (long long)cost->skipped);
	json_key(json, "engine_built_ms");
	json_real(json, cost->subject->build_ms);
	worst_json(cost, json);
	group_json(cost, "all", COST_ALL, json);
	group_json(cost, "known_to_bitmap", COST_BITMAP, json);
	group_json(cost, "by_number", COST_NUMBER, json);
	group_json(cost, "by_arguments", COST_WORDS, json);
	estimate_json(json, "sequence_machine", cost->sequence_machine);
	estimate_json(json, "sequence_engine", cost->sequence_engine);
	kernel_json(cost, json);
	stack_json(cost, json);
	json_key(json, "calls");
	json_array(json);
	for (size_t i = 0; i < cost->n_rows; i++)
		row_json(cost, &cost->rows[i], json);
	json_end(json, ']');
	json_end(json, '}');
	json_finish(json);
}
