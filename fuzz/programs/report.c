/* SPDX-License-Identifier: MIT */
#include "cases/broken.h"
#include "fuzz/programs/programs.h"
#include "fuzz/search/sources.h"
#include "fuzz/search/write.h"
#include "loader/call.h"
#include "loader/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---------------------------------------------------------------- files -- */

static int write_program(const char *path, const struct trial_program *program, struct diags *diags)
{
	struct output output;

	if (output_open(path, diags, &output) < 0)
		return -1;
	fwrite(program->insns, sizeof(*program->insns), program->len, output.file);
	return output_commit(&output, diags);
}

/* The expectation is what the side says that is no part of the machine: the case fails while they disagree.
 */
static void write_claim(FILE *out, const struct programs_finding *finding)
{
	const struct disagreement *found = &finding->disagreement;
	const struct seccomp_data *data = &finding->trial.records[found->record];

	fputs("    stack: [", out);
	for (size_t i = 0; i < finding->trial.n; i++)
		fprintf(out, "%sp%zu", i ? ", " : "", i + 1);
	fputs("]\n", out);
	write_record(out, data);
	if (finding->trial.big_endian != call_big_endian(data))
		fprintf(out, "    byte_order: %s\n", finding->trial.big_endian ? "big" : "little");
	fprintf(out, "    expect: 0x%08" PRIx32 "\n", found->ret);
}

static void write_case(FILE *out, const struct programs_finding *finding, const char *name)
{
	const struct disagreement *found = &finding->disagreement;
	const struct check_info *info = &check_infos[found->check];

	fprintf(out, "# Found by verdict fuzz --programs:\n#   %s: %s\n#   %s: %s\nversion: 1\nfilters:\n",
		info->sides[0], found->says[0], info->sides[1], found->says[1]);
	for (size_t i = 0; i < finding->trial.n; i++)
		fprintf(out, "  p%zu: %s-%zu.bpf\n", i + 1, name, i + 1);
	fprintf(out, "cases:\n  - name: %s and %s\n", info->sides[0], info->sides[1]);
	if (info->run)
		write_claim(out, finding);
	else
		fprintf(out, "    install: {filter: p%zu, expect: %s}\n", found->program + 1,
			found->accepted ? "accepted" : "EINVAL");
}

int programs_write(struct programs_finding *finding, const char *folder, size_t number, struct diags *diags)
{
	char name[64], *path;
	struct output output;
	int r = 0;

	if (mkdir(folder, 0777) < 0 && errno != EEXIST) {
		diag_file_error(diags, folder, "cannot be made: %s", strerror(errno));
		return -1;
	}
	snprintf(name, sizeof(name), "%02zu-%s", number, check_infos[finding->disagreement.check].name);
	for (size_t i = 0; i < finding->trial.n && r == 0; i++) {
		if (asprintf(&path, "%s/%s-%zu.bpf", folder, name, i + 1) < 0)
			out_of_memory();
		r = write_program(path, &finding->trial.programs[i], diags);
		free(path);
	}
	if (asprintf(&path, "%s/%s.yaml", folder, name) < 0)
		out_of_memory();
	if (r == 0)
		r = output_open(path, diags, &output);
	if (r == 0) {
		write_case(output.file, finding, name);
		r = output_commit(&output, diags);
	}
	if (r == 0)
		finding->path = path;
	else
		free(path);
	return r;
}

/* ----------------------------------------------------------------- text -- */

static void print_program(FILE *out, const struct trial_program *program, size_t i, size_t n)
{
	const struct vd_disasm_opts opts = { .numeric = false };
	char line[160];

	if (n > 1)
		fprintf(out, "  filter %zu:\n", i);
	for (size_t pc = 0; pc < program->len && pc < 40; pc++) {
		vd_disasm(program->insns, program->len, pc, &opts, line, sizeof(line));
		fprintf(out, "    %3zu  %s\n", pc, line);
	}
	if (program->len > 40)
		fprintf(out, "    ... %zu instructions\n", program->len);
}

static void print_finding(const struct programs_finding *finding, FILE *out, bool colour)
{
	const struct disagreement *found = &finding->disagreement;
	const struct check_info *info = &check_infos[found->check];
	char call[CALL_TEXT_MAX];

	fprintf(out, "%sfound%s: %s and %s differ (%s), program %llu\n", colour ? "\033[31m" : "",
		colour ? "\033[0m" : "", info->sides[0], info->sides[1], info->name,
		(unsigned long long)finding->number);
	for (size_t i = 0; i < finding->trial.n; i++)
		if (info->run || i == found->program)
			print_program(out, &finding->trial.programs[i], i, finding->trial.n);
	if (info->run) {
		call_format(&finding->trial.records[found->record], call, sizeof(call));
		fprintf(out, "  %s%s\n", call, finding->trial.big_endian ? ", high halves first" : "");
	}
	for (int side = 0; side < 2; side++)
		fprintf(out, "    %s: %s\n", info->sides[side], found->says[side]);
	if (finding->path)
		fprintf(out, "  case file: %s\n", finding->path);
}

void programs_report_text(const struct programs *programs, FILE *out, bool colour)
{
	for (size_t i = 0; i < programs->n_findings; i++)
		print_finding(&programs->findings[i], out, colour);
	fprintf(out, "%zu found%s: %" PRIu64 " programs (%" PRIu64 " accepted), %" PRIu64 " records, %.1f s",
		programs->n_findings, programs->interrupted ? " so far" : "", programs->programs,
		programs->accepted, programs->records, programs->seconds);
	if (programs->seconds > 0.05)
		fprintf(out, ", %.0f programs/s", (double)programs->programs / programs->seconds);
	fputc('\n', out);
	if (programs->asked_kernel)
		fprintf(out, "the kernel was asked about %" PRIu64 " programs and %" PRIu64 " records\n",
			programs->kernel_programs, programs->kernel_records);
	else if (programs->why_not)
		fprintf(out, "the kernel was not asked: %s\n", programs->why_not);
}

/* ----------------------------------------------------------------- JSON -- */

static void finding_json(struct json *json, const struct programs_finding *finding)
{
	const struct disagreement *found = &finding->disagreement;
	const struct check_info *info = &check_infos[found->check];

	json_object(json);
	json_key(json, "check");
	json_string(json, info->name);
	json_key(json, "program");
	json_number(json, (long long)finding->number);
	json_key(json, "shape");
	json_string(json, shape_names[finding->trial.shape]);
	json_key(json, "record");
	if (info->run)
		call_json(json, &finding->trial.records[found->record]);
	else
		json_null(json);
	json_key(json, "says");
	json_object(json);
	for (int side = 0; side < 2; side++) {
		json_key(json, info->sides[side]);
		json_string(json, found->says[side]);
	}
	json_end(json, '}');
	json_key(json, "case");
	json_string(json, finding->path);
	json_end(json, '}');
}

static void count_json(struct json *json, const char *key, uint64_t n)
{
	json_key(json, key);
	json_number(json, (long long)n);
}

void programs_report_json(const struct programs *programs, FILE *out)
{
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	json_key(&json, "findings");
	json_array(&json);
	for (size_t i = 0; i < programs->n_findings; i++)
		finding_json(&json, &programs->findings[i]);
	json_end(&json, ']');
	count_json(&json, "programs", programs->programs);
	count_json(&json, "accepted", programs->accepted);
	count_json(&json, "records", programs->records);
	json_key(&json, "kernel");
	json_object(&json);
	json_key(&json, "asked");
	json_bool(&json, programs->asked_kernel);
	count_json(&json, "programs", programs->kernel_programs);
	count_json(&json, "records", programs->kernel_records);
	json_end(&json, '}');
	count_json(&json, "milliseconds", (uint64_t)(programs->seconds * 1000));
	json_end(&json, '}');
	json_finish(&json);
}
