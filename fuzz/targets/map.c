/* SPDX-License-Identifier: MIT */
/*
 * Tables of two stacks: classes are disjoint and cover all, outcomes have
 * records, and a condition, read as the predicate language reads it, holds for
 * the records that have the outcome.
 */
#include "fuzz/support/support.h"
#include "loader/rules/pred.h"
#include "vm/isa.h"

#include <errno.h>
#include <string.h>

#define DEPTH 2
#define PROG_MAX 10
#define RECORDS 12
#define WHEN_MAX 300
#define CONDITIONS 48 /* read of one input: each can be large */

static bool in(const struct vd_ranges *ranges, uint64_t value)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (value >= ranges->ranges[i].first && value <= ranges->ranges[i].last)
			return true;
	return false;
}

static size_t class_of(const struct vd_map *map, const struct seccomp_data *data)
{
	size_t found = 0, n = 0;
	struct vd_class class;

	for (size_t i = 0; i < vd_map_classes(map); i++) {
		vd_map_class(map, i, &class);
		if (in(&class.arch, data->arch) && in(&class.nr, (uint32_t)data->nr)) {
			found = i;
			n++;
		}
	}
	EXPECT(n == 1, "nr 0x%x arch 0x%x is in %zu classes", (unsigned)data->nr, data->arch, n);
	return found;
}

static bool when_holds(const char *when, const struct seccomp_data *data)
{
	struct pred_subject subject = { .abi = VD_ABI_NONE };
	struct text text = input_text((const uint8_t *)when, strlen(when));
	struct span all = span_all(&text);
	struct pred pred;
	struct expr expr;

	EXPECT(expr_parse(&all, 0, NULL, &expr, NULL) == 0, "this is no expression: %s", when);
	EXPECT(pred_bind(&expr, &subject, NULL, &pred) == 0, "this is no predicate: %s", when);
	bool holds = pred_holds(&pred, data);
	pred_done(&pred);
	expr_done(&expr);
	text_done(&text);
	return holds;
}

static void check_outcome(struct vd_map *map, size_t i, size_t j, const struct seccomp_data *data, bool same,
			  unsigned *left)
{
	char when[WHEN_MAX];

	if (!*left)
		return;
	--*left;
	if (vd_map_when(map, i, j, when, sizeof(when)))
		EXPECT(when_holds(when, data) == same, "%s is%s what decides it", when, same ? " not" : "");
}

static void check_record(struct vd_map *map, const struct vd_stack *a, const struct vd_stack *b,
			 const struct seccomp_data *data, unsigned *left)
{
	size_t i = class_of(map, data), held = 0;
	uint32_t ret[2] = { vd_stack_run(a, data).ret, vd_stack_run(b, data).ret };
	struct vd_outcome outcome;
	struct vd_class class;

	vd_map_class(map, i, &class);
	for (size_t j = 0; j < class.outcomes; j++) {
		vd_map_outcome(map, i, j, &outcome);
		bool same = outcome.ret[0] == ret[0] && outcome.ret[1] == ret[1];
		held += same;
		check_outcome(map, i, j, data, same, left);
	}
	EXPECT(held == 1, "%zu outcomes are 0x%08x and 0x%08x", held, ret[0], ret[1]);
}

static void check_witnesses(struct vd_map *map)
{
	struct vd_witness witness;
	struct vd_class class;

	for (size_t i = 0; i < vd_map_classes(map) && i < 8; i++) {
		vd_map_class(map, i, &class);
		for (size_t j = 0; j < class.outcomes && j < 8; j++) {
			uint32_t arch = (uint32_t) class.arch.ranges[0].first,
				 nr = (uint32_t) class.nr.ranges[0].last;
			int r = vd_map_record(map, i, j, arch, nr, &witness);
			/* a mixed class's outcome may be that of other calls */
			EXPECT(r == 0 || r == -E2BIG || (class.mixed && r == -ENOENT),
			       "outcome %zu of class %zu has no record: %d", j, i, r);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vd_budget budget = { .nodes = 40000, .ms = 1000 };
	struct input input = { data, size };
	struct vd_stack *a = input_stack(&input, DEPTH, PROG_MAX), *b = input_stack(&input, DEPTH, PROG_MAX);
	struct seccomp_data record;
	unsigned left = CONDITIONS;
	struct tries tries;
	struct vd_map *map;

	vd_stack_set_big_endian(b, vd_stack_big_endian(a));
	int r = vd_map_new(a, b, NULL, VD_MAP_RAW, &budget, &map);
	EXPECT(r == 0 || r == -E2BIG, "vd_map_new() gives %d", r);
	if (r == 0) {
		tries_init(&tries, &input, a, RECORDS);
		while (tries_next(&tries, &record))
			check_record(map, a, b, &record, &left);
		check_witnesses(map);
		vd_map_free(map);
	}
	vd_stack_free(a);
	vd_stack_free(b);
	return 0;
}
