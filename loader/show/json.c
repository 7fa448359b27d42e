/* SPDX-License-Identifier: MIT */
/* The policy as JSON; the fields are told by `verdict show --help`. */
#include "loader/call.h"
#include "loader/show/show.h"

/* One call that an answer is shown for: answers are shared by calls and archs, records are not. */
struct sample {
	struct show *show;
	char *const *filters;
	uint32_t arch, nr;
};

static void put_record(struct json *json, const struct sample *sample, const struct outcome *outcome)
{
	struct seccomp_data data = outcome->record;

	data.arch = sample->arch;
	data.nr = (int)sample->nr;
	vd_stack_set_big_endian(sample->show->stack, call_big_endian(&data));
	struct vd_verdict verdict = vd_stack_run(sample->show->stack, &data);
	json_key(json, "verdict");
	verdict_json(json, &verdict, verdict.filter < 0 ? NULL : sample->filters[verdict.filter]);
	json_key(json, "record");
	call_json(json, &data);
}

static void put_outcome(struct json *json, const struct sample *sample, const struct outcome *outcome)
{
	struct vd_verdict verdict = { .ret = outcome->ret, .filter = -1 };

	json_object(json);
	json_key(json, "when");
	json_string(json, outcome->when);
	if (outcome->reached) {
		put_record(json, sample, outcome);
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
	json_bool(json, answer->end == PATHS_ALL);
	json_key(json, "outcomes");
	json_array(json);
	for (size_t i = 0; i < answer->n; i++)
		put_outcome(json, sample, &answer->outcomes[i]);
	json_end(json, ']');
}

static void put_interval(struct json *json, struct interval interval, bool hex)
{
	json_object(json);
	json_key(json, "first");
	if (hex)
		json_hex32(json, interval.first);
	else
		json_number(json, interval.first);
	json_key(json, "last");
	if (hex)
		json_hex32(json, interval.last);
	else
		json_number(json, interval.last);
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
		put_interval(json, group->unnamed[i], false);
	json_end(json, ']');
	json_end(json, '}');
}

static void put_groups(struct json *json, struct show *show, const struct section *section,
		       char *const *filters)
{
	struct sample sample = { show, filters, section->arch->arch, 0 };

	json_key(json, "groups");
	json_array(json);
	for (size_t i = 0; i < section->n; i++) {
		sample.nr = section->groups[i].first;
		put_group(json, &sample, &section->groups[i]);
	}
	json_end(json, ']');
	json_key(json, "unknown_from");
	if (section->arch->left)
		json_number(json, section->arch->left);
	else
		json_null(json);
}

static void put_arch(struct json *json, const struct section *section)
{
	json_key(json, "arch");
	json_string(json, section->abi == VD_ABI_NONE ? NULL : vd_abi_info(section->abi)->name);
	json_key(json, "audit_archs");
	json_array(json);
	for (size_t i = 0; i < section->n_words; i++)
		put_interval(json, section->words[i], true);
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
			struct sample sample = { show, filters, section->arch->arch, call->nrs[i] };

			json_key(&json, "syscall");
			json_string(&json, call->name);
			put_answer(&json, &sample, show_answer(show, section->arch, call->nrs[i]));
		} else {
			put_groups(&json, show, section, filters);
		}
		json_end(&json, '}');
	}
	json_end(&json, ']');
	json_key(&json, "unknown_from");
	if (show->arch_left)
		json_hex32(&json, show->arch_left);
	else
		json_null(&json);
	json_end(&json, '}');
	json_finish(&json);
}
