/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/diff/diff.h"
#include "loader/free.h"

static void put_verdict(struct json *json, const char *key, const struct filter_stack *stack,
			const struct seccomp_data *data)
{
	struct vd_verdict verdict;

	vd_stack_set_big_endian(stack->stack, call_big_endian(data));
	verdict = vd_stack_run(stack->stack, data);
	json_key(json, key);
	verdict_json(json, &verdict, verdict.filter < 0 ? NULL : stack->names[verdict.filter]);
}

static void put_ranges(struct json *json, const char *key, const struct vd_range *ranges, size_t n)
{
	json_key(json, key);
	json_array(json);
	for (size_t i = 0; i < n; i++) {
		json_array(json);
		json_hex(json, ranges[i].first);
		json_hex(json, ranges[i].last);
		json_end(json, ']');
	}
	json_end(json, ']');
}

/* What one record stands for: a call with a name, or the numbers that have none. */
static void put_change(struct json *json, const struct diff *diff, const struct diff_change *change, size_t i)
{
	bool named = i < change->n_calls;

	json_object(json);
	json_key(json, "abi");
	json_string(json, change->abi == VD_ABI_NONE ? NULL : vd_abi_info(change->abi)->name);
	if (change->abi == VD_ABI_NONE)
		put_ranges(json, "archs", change->archs, change->n_archs);
	json_key(json, "syscall");
	json_string(json, named ? vd_syscall_name(change->abi, change->calls[i]) : NULL);
	if (!named)
		put_ranges(json, "numbers", change->numbers, change->n_numbers);
	json_key(json, "when");
	json_string(json, change->when ? change->when : "1");
	json_key(json, "exact");
	json_bool(json, change->exact);
	json_key(json, "sense");
	json_string(json, diff_sense_name(change->sense));
	json_key(json, "record");
	call_json(json, &change->records[i]);
	free_json(json, diff_free(diff, &change->records[i]));
	put_verdict(json, "old", diff->stacks[0], &change->records[i]);
	put_verdict(json, "new", diff->stacks[1], &change->records[i]);
	json_end(json, '}');
}

void diff_json(struct diff *diff, FILE *out)
{
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	json_key(&json, "equal");
	if (diff->unknown && !diff->differ)
		json_null(&json);
	else
		json_bool(&json, !diff->differ);
	json_key(&json, "complete");
	json_bool(&json, !diff->incomplete && !diff->left_out);
	json_key(&json, "changes");
	json_array(&json);
	for (size_t i = 0; i < diff->n; i++)
		for (size_t j = 0; j < diff->changes[i].n_records; j++)
			put_change(&json, diff, &diff->changes[i], j);
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
}
