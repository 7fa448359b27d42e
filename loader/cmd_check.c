/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/json.h"
#include "loader/source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct command cmd_check;

enum { OPT_ALL = 1, OPT_FORMAT };

static const struct option_spec specs[] = {
	{ "all", 'a', OPTION_FLAG, OPT_ALL },
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ NULL, 0, OPTION_FLAG, 0 },
};

#define ERROR_TEXT 256

struct checker {
	bool all, as_json, rejected;
	struct json json;
	struct source_list sources;
	struct diags diags;
};

static void error_json(struct json *json, const struct vd_error *error)
{
	char text[ERROR_TEXT];

	vd_error_format(error, text, sizeof(text));
	json_object(json);
	json_key(json, "errno");
	json_string(json, vd_error_errno(error->code) == ENOMEM ? "ENOMEM" : "EINVAL");
	json_key(json, "instruction");
	if (error->pc < 0)
		json_null(json);
	else
		json_number(json, error->pc);
	json_key(json, "message");
	json_string(json, text);
	json_end(json, '}');
}

static void program_json(struct json *json, const struct program *program, const struct vd_error *errors,
			 size_t n)
{
	json_object(json);
	json_key(json, "path");
	json_string(json, program->path);
	json_key(json, "accepted");
	json_bool(json, n == 0);
	json_key(json, "instructions");
	json_number(json, (long long)program->len);
	json_key(json, "errors");
	json_array(json);
	for (size_t i = 0; i < n; i++)
		error_json(json, &errors[i]);
	json_end(json, ']');
	json_end(json, '}');
}

static void print_rejected(const char *path, const struct vd_error *error)
{
	char text[ERROR_TEXT];

	vd_error_format(error, text, sizeof(text));
	printf("%s: rejected: %s\n", path, text);
}

static void report(struct checker *checker, const struct program *program, const struct vd_error *errors,
		   size_t n)
{
	if (n)
		checker->rejected = true;
	if (checker->as_json) {
		program_json(&checker->json, program, errors, n);
		return;
	}
	if (!n)
		printf("%s: accepted: %zu instruction%s\n", program->path, program->len,
		       program->len == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++)
		print_rejected(program->path, &errors[i]);
}

/* Its length as the kernel converts it, 0 when it is refused. */
static size_t check_program(struct checker *checker, const struct program *program)
{
	size_t n = vd_check(program->insns, program->len, NULL, 0), shown = checker->all ? n : n != 0;
	struct vd_error *errors = calloc(shown ? shown : 1, sizeof(*errors));
	struct vd_prog *prog;
	size_t size = 0;

	if (!errors) {
		diag_file_error(&checker->diags, program->path, "out of memory");
		return 0;
	}
	vd_check(program->insns, program->len, errors, shown);
	report(checker, program, errors, shown);
	free(errors);
	if (n == 0 && vd_prog_new(program->insns, program->len, &prog, NULL) == 0) {
		size = vd_prog_converted_len(prog);
		vd_prog_free(prog);
	}
	return size;
}

/* Whether the kernel takes all programs of a source on top of each other; *ret_error tells where it stops. */
static bool fits(const size_t *sizes, size_t n, struct vd_error *ret_error)
{
	const size_t penalty = 4; /* of each installed filter: kernel/seccomp.c, seccomp_attach_filter */
	size_t installed = 0;

	for (size_t i = 0; i < n; i++) {
		if (!sizes[i])
			continue;
		if (installed + sizes[i] > VD_STACK_SIZE_MAX) {
			*ret_error = (struct vd_error){ .code = VD_ERROR_STACK_SIZE,
							.pc = -1,
							.value = installed + sizes[i],
							.limit = VD_STACK_SIZE_MAX };
			return false;
		}
		installed += sizes[i] + penalty;
	}
	return true;
}

static void check_source(struct checker *checker, const struct source *source)
{
	size_t *sizes = calloc(source->n, sizeof(*sizes));
	struct vd_error error;

	if (!sizes) {
		diag_file_error(&checker->diags, source->name, "out of memory");
		return;
	}
	if (checker->as_json) {
		json_object(&checker->json);
		json_key(&checker->json, "source");
		json_string(&checker->json, source->name);
		json_key(&checker->json, "programs");
		json_array(&checker->json);
	}
	for (size_t i = 0; i < source->n; i++)
		sizes[i] = check_program(checker, &source->programs[i]);
	bool whole = fits(sizes, source->n, &error);
	free(sizes);
	if (!whole)
		checker->rejected = true;
	if (checker->as_json) {
		json_end(&checker->json, ']');
		json_key(&checker->json, "stack_error");
		if (whole)
			json_null(&checker->json);
		else
			error_json(&checker->json, &error);
		json_end(&checker->json, '}');
	} else if (!whole) {
		print_rejected(source->name, &error);
	}
}

static int take_option(void *userdata, int id, const char *value)
{
	struct checker *checker = userdata;

	switch (id) {
	case OPT_ALL:
		checker->all = true;
		return 0;
	case OPT_FORMAT:
		return option_json(&cmd_check, value, &checker->as_json);
	default:
		source_list_add(&checker->sources, value, &checker->diags);
		return 0;
	}
}

static int check_all(struct checker *checker)
{
	if (!checker->sources.n && !checker->diags.errors)
		return no_source(&cmd_check, "");
	if (checker->as_json) {
		json_init(&checker->json, stdout, false);
		json_object(&checker->json);
		json_key(&checker->json, "sources");
		json_array(&checker->json);
	}
	for (size_t i = 0; i < checker->sources.n; i++)
		check_source(checker, &checker->sources.items[i]);
	if (checker->as_json) {
		json_end(&checker->json, ']');
		json_key(&checker->json, "accepted");
		json_bool(&checker->json, !checker->rejected && !checker->diags.errors);
		json_end(&checker->json, '}');
		json_finish(&checker->json);
	}
	return checker->diags.errors ? EXIT_INVALID : checker->rejected ? EXIT_FAILED : EXIT_PASSED;
}

static int run(int argc, char **argv)
{
	struct checker checker = { 0 };

	diags_init(&checker.diags);
	int status = options_read(&cmd_check, argc, argv, take_option, &checker, NULL);
	if (status == OPTION_END)
		status = check_all(&checker);
	finish_diags(&checker.diags);
	source_list_done(&checker.sources);
	return status;
}

const struct command cmd_check = {
	.name = "check",
	.summary = "would seccomp(2) take these programs?",
	.help = "usage: verdict check [OPTIONS] SOURCE...\n"
		"\n"
		"Says of every program of the sources, in order, whether seccomp(2) takes it:\n"
		"\n"
		"  policy.bpf: accepted: 27 instructions\n"
		"  broken.bpf: rejected: EINVAL: instruction 3: ...\n"
		"\n"
		"A source of several programs is a stack: when together they are too large for\n"
		"the kernel, a line says ENOMEM of the source.\n"
		"\n"
		"  -a, --all            all violations of a program, not only the first\n"
		"  -f, --format FORMAT  pretty (default) or json\n"
		"\n"
		"Exit status: 0 all accepted, 1 some rejected, 2 a source cannot be read (the\n"
		"others are checked all the same).\n",
	.options = specs,
	.run = run,
};
