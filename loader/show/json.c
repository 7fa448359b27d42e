/* SPDX-License-Identifier: MIT */
/* The policy as JSON; the fields are told by `verdict show --help`. */
#include "loader/call.h"
#include "loader/free.h"
#include "loader/show/show.h"

/* One call that an answer is shown for: answers are shared by calls and archs, records are not. */
struct sample {
	struct show *show;
	char *const *filters;
	uint32_t arch, nr;
};

static void put_record(struct json *json, const struct sample *sample, const struct outcome *outcome,
		       bool mixed)
{
	struct seccomp_data data = outcome->witness.data;

	if (!mixed) {
		data.arch = sample->arch;
		data.nr = (int)sample->nr;
	}
	vd_stack_set_big_endian(sample->show->stack, call_big_endian(&data));
	struct vd_verdict verdict = vd_stack_run(sample->show->stack, &data);
	json_key(json, "verdict");
	verdict_json(json, &verdict, verdict.filter < 0 ? NULL : sample->filters[verdict.filter]);
	json_key(json, "record");
	call_json(json, &data);
	free_json(json, free_words(sample->show->stack, &data));
}

static void put_outcome(struct json *json, const struct sample *sample, const struct outcome *outcome,
			bool mixed)
{
	struct vd_verdict verdict = { .ret = outcome->ret, .filter = -1 };

	json_object(json);
	json_key(json, "when");
	json_string(json, outcome->when);
	json_key(json, "exact");
	json_bool(json, outcome->exact);
	if (outcome->reached) {
		put_record(json, sample, outcome, mixed);
	} else {
		json_key(json, "verdict");
		verdict_json(json, &verdict, NULL);
		json_key(json, "record");
		json_null(json);
	}
	json_end(json, '}');
}

static void put_answer(struct json *json, const struct sample *sample, size_t at)
{
	const struct answer *answer = &sample->show->answers[at];

	json_key(json, "complete");
	json_bool(json, answer_exact(answer));
	json_key(json, "outcomes");
	json_array(json);
	for (size_t i = 0; i < answer->n; i++)
		put_outcome(json, sample, &answer->outcomes[i], answer->mixed);
	json_end(json, ']');
}

static void put_range(struct json *json, struct vd_range range, bool hex)
{
	json_object(json);
	json_key(json, "first");
	if (hex)
		json_hex32(json, (uint32_t)range.first);
	else
		json_number(json, (uint32_t)range.first);
	json_key(json, "last");
	if (hex)
		json_hex32(json, (uint32_t)range.last);
	else
		json_number(json, (uint32_t)range.last);
	json_end(json, '}');
}

static void put_group(struct json *json, const struct sample *sample, const struct group *group)
{
	json_object(json);
	json_key(json, "default");
	json_bool(json, group->is_default);
	put_answer(json, sample, group->answer);
	json_key(json, "syscalls");
	json_array(json);
	for (size_t i = 0; i < group->n_names; i++)
		json_string(json, group->names[i]);
	json_end(json, ']');
	json_key(json, "numbers");
	json_array(json);
	for (size_t i = 0; i < group->n_unnamed; i++)
		put_range(json, group->unnamed[i], false);
	json_end(json, ']');
	json_end(json, '}');
}

static void put_groups(struct json *json, struct show *show, const struct section *section,
		       char *const *filters)
{
	struct sample sample = { show, filters, (uint32_t)section->words.ranges[0].first, 0 };

	json_key(json, "groups");
	json_array(json);
	for (size_t i = 0; i < section->n; i++) {
		sample.nr = section->groups[i].first;
		put_group(json, &sample, &section->groups[i]);
	}
	json_end(json, ']');
}

static void put_arch(struct json *json, const struct section *section)
{
	json_key(json, "arch");
	json_string(json, section->abi == VD_ABI_NONE ? NULL : vd_abi_info(section->abi)->name);
	json_key(json, "audit_archs");
	json_array(json);
	for (size_t i = 0; i < section->words.n; i++)
		put_range(json, section->words.ranges[i], true);
	json_end(json, ']');
}

void show_json(struct show *show, const struct sections *sections, const struct show_call *call,
	       char *const *filters, FILE *out)
{
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	json_key(&json, "archs");
	json_array(&json);
	for (size_t i = 0; i < sections->n; i++) {
		const struct section *section = &sections->items[i];

		if (call && !call->there[i])
			continue;
		json_object(&json);
		put_arch(&json, section);
		if (call) {
			struct sample sample = { show, filters, (uint32_t)section->words.ranges[0].first,
						 call->nrs[i] };

			json_key(&json, "syscall");
			json_string(&json, call->name);
			put_answer(&json, &sample, show_answer(show, section->arch, call->nrs[i]));
		} else {
			put_groups(&json, show, section, filters);
		}
		json_end(&json, '}');
	}
	json_end(&json, ']');
	json_key(&json, "complete");
	json_bool(&json, show_exact(show));
	json_end(&json, '}');
	json_finish(&json);
}
