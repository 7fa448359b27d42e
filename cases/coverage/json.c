/* SPDX-License-Identifier: MIT */
/* For machines: every filter with its points, and each file's counts. */
#include "cases/coverage/coverage.h"
#include "loader/call.h"
#include "loader/json.h"

#include <stdlib.h>

static const char *status_word(enum cover_status status)
{
	static const char *const words[] = { "covered", "uncovered", "infeasible", "unknown", NULL };

	return words[status];
}

static void put_number(struct json *json, const char *key, size_t value)
{
	json_key(json, key);
	json_number(json, (long long)value);
}

static void put_string(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

static void put_counts(struct json *json, const struct cover_counts *counts)
{
	json_key(json, "instructions");
	json_object(json);
	put_number(json, "total", counts->insns);
	put_number(json, "covered", counts->insns_covered);
	put_number(json, "infeasible", counts->insns_dead);
	json_end(json, '}');
	json_key(json, "edges");
	json_object(json);
	put_number(json, "total", counts->edges);
	put_number(json, "covered", counts->covered);
	put_number(json, "infeasible", counts->infeasible);
	put_number(json, "unknown", counts->unknown);
	json_end(json, '}');
}

/* The record that would come by, where none does. */
static void put_point(struct json *json, const struct cover_filter *filter, size_t pc, enum vd_edge edge)
{
	enum cover_status status = cover_status(filter, filter->cases, pc, edge);
	struct seccomp_data data;

	put_string(json, "status", status_word(status));
	put_number(json, "cases", filter->cases[vd_point(pc, edge)]);
	if (status == COVER_UNCOVERED && cover_record(filter, pc, edge, &data)) {
		json_key(json, "record");
		call_json(json, &data);
	}
}

static void put_insn(struct json *json, const struct cover_filter *filter, const struct vd_fact *facts,
		     size_t pc)
{
	static const char *const keys[] = { NULL, "true", "false" };
	char text[160];

	cover_insn_text(filter, facts, pc, text, sizeof(text));
	json_object(json);
	put_number(json, "pc", pc);
	put_string(json, "text", text);
	put_point(json, filter, pc, VD_EDGE_NONE);
	for (enum vd_edge edge = VD_EDGE_TRUE; vd_prog_branches(filter->prog, pc) && edge <= VD_EDGE_FALSE;
	     edge++) {
		json_key(json, keys[edge]);
		json_object(json);
		put_number(json, "target", cover_target(filter, pc, edge));
		put_point(json, filter, pc, edge);
		json_end(json, '}');
	}
	json_end(json, '}');
}

static void put_filter(struct json *json, const struct cover_filter *filter)
{
	struct cover_counts counts = cover_count(filter, filter->cases);
	struct vd_fact *facts = calloc(filter->len, sizeof(*facts));

	if (!facts)
		out_of_memory();
	vd_prog_facts(filter->prog, facts);
	json_object(json);
	put_string(json, "name", filter->name);
	put_string(json, "path", filter->path);
	put_number(json, "cases", filter->n_cases);
	put_counts(json, &counts);
	json_key(json, "program");
	json_array(json);
	for (size_t pc = 0; pc < filter->len; pc++)
		put_insn(json, filter, facts, pc);
	json_end(json, ']');
	json_end(json, '}');
	free(facts);
}

static void put_file(struct json *json, const struct coverage *coverage, const struct cover_file *file)
{
	json_object(json);
	put_string(json, "file", file->file->path);
	json_key(json, "filters");
	json_array(json);
	for (size_t i = 0; i < file->n; i++) {
		const struct cover_use *use = &file->uses[i];
		struct cover_counts counts = cover_count(&coverage->filters[use->filter], use->cases);
		json_object(json);
		put_string(json, "name", use->name);
		put_number(json, "filter", use->filter);
		put_number(json, "cases", use->n_cases);
		put_counts(json, &counts);
		json_end(json, '}');
	}
	json_end(json, ']');
	json_end(json, '}');
}

void coverage_json(const struct coverage *coverage, FILE *out)
{
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	put_number(&json, "cases", coverage->n_cases);
	put_number(&json, "sampled", coverage->sampled);
	json_key(&json, "files");
	json_array(&json);
	for (size_t i = 0; i < coverage->n_files; i++)
		put_file(&json, coverage, &coverage->files[i]);
	json_end(&json, ']');
	json_key(&json, "filters");
	json_array(&json);
	for (size_t i = 0; i < coverage->n; i++)
		put_filter(&json, &coverage->filters[i]);
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
}
