/* SPDX-License-Identifier: MIT */
#include "fuzz/search/write.h"
#include "cases/brief.h"
#include "fuzz/search/sources.h"
#include "loader/call.h"
#include "loader/output.h"
#include "loader/trace.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SLUG_MAX 48

/* ------------------------------------------------------------- records -- */

static void write_arch(FILE *out, const struct seccomp_data *data, int abi)
{
	const struct vd_abi_info *info = vd_abi_info(abi);
	const char *name = info ? vd_syscall_name(abi, (uint32_t)data->nr) : NULL;
	uint32_t nr = (uint32_t)data->nr & ~(info ? info->nr_bit : 0);

	if (info)
		fprintf(out, "    arch: %s\n", info->name);
	else
		fprintf(out, "    arch: 0x%08" PRIx32 "\n", data->arch);
	if (name)
		fprintf(out, "    syscall: %s\n", name);
	else
		fprintf(out, nr < 10000 ? "    syscall: %" PRIu32 "\n" : "    syscall: 0x%" PRIx32 "\n", nr);
}

void write_record(FILE *out, const struct seccomp_data *data)
{
	write_arch(out, data, vd_abi_of(data->arch, (uint32_t)data->nr));
	fputs("    args: [", out);
	for (int i = 0; i < 6; i++)
		fprintf(out, data->args[i] < 10 ? "%s%llu" : "%s0x%llx", i ? ", " : "",
			(unsigned long long)data->args[i]);
	fprintf(out, "]\n    ip: 0x%llx\n", (unsigned long long)data->instruction_pointer);
}

/* --------------------------------------------------------- expectation -- */

/* What the case expects of the record's ABI. */
static const struct node *expect_node(const struct goal *goal, const struct seccomp_data *data)
{
	const struct node *node = goal->test->keys[CASE_EXPECT];
	int abi = vd_abi_of(data->arch, (uint32_t)data->nr);

	for (size_t i = 0; node && node->kind == NODE_MAP && i < node->n; i++) {
		const struct span *key = &node->pairs[i].key->text;
		if (abi != VD_ABI_NONE && vd_abi_by_name(key->text->data + key->off, key->len) == abi)
			return node->pairs[i].value;
	}
	return node;
}

/* One range of values that --find does not want, as outcomes. */
static void write_unwanted(FILE *out, const struct interval *range, bool *first)
{
	uint32_t lo = (uint32_t)range->lo;
	char text[64];

	if (!vd_action_name(lo) || (lo & SECCOMP_RET_DATA && range->lo != range->hi)) {
		fprintf(out, "%s0x%08" PRIx32, *first ? "" : ", ", lo);
		*first = false;
		return;
	}
	vd_action_format(vd_effective(lo), text, sizeof(text));
	if (range->lo != range->hi)
		snprintf(text, sizeof(text), "%s", vd_action_name(lo));
	fprintf(out, "%s%s", *first ? "" : ", ", text);
	*first = false;
}

/* All values for which the record meets the predicate. */
static void write_find(FILE *out, const struct goal *goal, const struct seccomp_data *data)
{
	bool first = true;
	struct arena arena;

	arena_init(&arena);
	fputs("    expect: {not: [", out);
	for (size_t i = 0; i < goal->claim.n; i++) {
		const struct box *box = &goal->claim.boxes[i];
		if (!box_contains(box, data))
			continue;
		struct set wrong = set_complement(box->expect->values, UINT32_MAX, &arena);
		for (size_t j = 0; j < wrong.n; j++)
			write_unwanted(out, &wrong.items[j], &first);
	}
	fputs("]}\n", out);
	arena_done(&arena);
}

static void write_expect(FILE *out, const struct goal *goal, const struct goal_state *state,
			 struct source_writer *sources)
{
	const struct seccomp_data *data = &state->answer.record;
	const struct node *node;
	char text[96];

	switch (goal->kind) {
	case GOAL_CLAIM:
		node = goal->claim.same_as ? NULL : expect_node(goal, data);
		if (node) {
			fputs("    expect: ", out);
			write_node(out, node, NULL);
			fputc('\n', out);
		}
		if (goal->test->keys[CASE_LIMITS] && !goal->claim.same_as) {
			fputs("    limits: ", out);
			write_node(out, goal->test->keys[CASE_LIMITS], NULL);
			fputc('\n', out);
		}
		break;
	case GOAL_FIND:
		write_find(out, goal, data);
		break;
	case GOAL_SAME:
		break;
	case GOAL_ENGINE:
		fprintf(out, "    expect: 0x%08" PRIx32 "\n", state->kernel);
		break;
	case GOAL_KERNEL:
		vd_action_format(state->kernel, text, sizeof(text));
		if (state->seen)
			fprintf(out, "    expect: %s\n", text);
		else
			fprintf(out, "    expect: 0x%08" PRIx32 "\n", state->kernel);
	}
	if (goal->claim.same_as) {
		fputs("    same_as: ", out);
		source_writer_stack(sources, out, goal->claim.same_as);
	}
}

int expected_format(const struct goal *goal, const struct goal_state *state, char *buf, size_t size)
{
	char verdict[96];

	if (goal->kind == GOAL_CLAIM && state->answer.over_limit)
		return snprintf(buf, size, "at most %u instructions, %u were executed", goal->claim.max_insns,
				state->answer.verdict.insns);
	if (goal->kind == GOAL_CLAIM && !goal->claim.same_as) {
		node_brief(expect_node(goal, &state->answer.record), buf, size);
		return (int)strlen(buf);
	}
	if (goal->claim.same_as) {
		verdict_format(state->answer.other.ret, verdict, sizeof(verdict));
		return snprintf(buf, size, "%s, as the other stack says", verdict);
	}
	verdict_format(state->kernel, verdict, sizeof(verdict));
	if (goal->kind == GOAL_ENGINE)
		return snprintf(buf, size, "%s, as the engine says", verdict);
	if (goal->kind == GOAL_KERNEL)
		return snprintf(buf, size,
				state->seen ? "%s, as a task under this kernel sees"
					    : "%s, as the kernel says",
				verdict);
	return snprintf(buf, size, "anything else");
}

/* ---------------------------------------------------------------- file -- */

static void slug(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	for (const char *at = name; *at && n + 1 < size; at++) {
		unsigned char c = (unsigned char)*at;
		if (isalnum(c) && c < 0x80)
			buf[n++] = (char)tolower(c);
		else if (n && buf[n - 1] != '-')
			buf[n++] = '-';
	}
	while (n && buf[n - 1] == '-')
		n--;
	buf[n] = '\0';
}

static void write_case(FILE *out, const struct goal *goal, const struct goal_state *state,
		       struct source_writer *sources)
{
	char call[CALL_TEXT_MAX], verdict[96];
	const struct seccomp_data *data = &state->answer.record;

	call_format(data, call, sizeof(call));
	verdict_format(state->answer.verdict.ret, verdict, sizeof(verdict));
	fprintf(out, "# Found by verdict fuzz: %s is %s.\nversion: 1\n", call, verdict);
	source_writer_filters(sources, out);
	fputs("cases:\n  - name: ", out);
	write_quoted(out, goal->name, strlen(goal->name));
	fputs("\n    stack: ", out);
	source_writer_stack(sources, out, goal->claim.stack);
	write_record(out, data);
	if (state->answer.box->big_endian != call_big_endian(data))
		fprintf(out, "    byte_order: %s\n", state->answer.box->big_endian ? "big" : "little");
	write_expect(out, goal, state, sources);
}

int finding_write(const char *folder, const struct goal *goal, const struct goal_state *state, size_t number,
		  struct diags *diags, char **ret_path)
{
	struct source_writer sources;
	struct output output;
	char name[SLUG_MAX], *path;

	slug(goal->name, name, sizeof(name));
	if (mkdir(folder, 0777) < 0 && errno != EEXIST) {
		diag_file_error(diags, folder, "cannot be made: %s", strerror(errno));
		return -1;
	}
	if (asprintf(&path, "%s/%02zu-%s.yaml", folder, number, *name ? name : "found") < 0)
		out_of_memory();
	int r = source_writer_init(&sources, folder, path, &goal->claim, diags);
	if (r == 0)
		r = output_open(path, diags, &output);
	if (r == 0) {
		write_case(output.file, goal, state, &sources);
		r = output_commit(&output, diags);
	}
	source_writer_done(&sources);
	if (r < 0)
		free(path);
	else
		*ret_path = path;
	return r;
}
