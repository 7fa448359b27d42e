/* SPDX-License-Identifier: MIT */
#include "fuzz/options.h"
#include "cases/folder.h"
#include "cases/select.h"
#include "fuzz/programs/programs.h"
#include "fuzz/search/report.h"
#include "fuzz/search/write.h"
#include "loader/output.h"
#include "loader/records.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct fuzzer {
	const struct fuzz_options *options;
	struct goals goals;
	struct hunt hunt;
	struct diags diags;
	struct case_files files;
	struct chosen chosen;
	struct path_list paths;
	struct seccomp_data *seeds;
	size_t n_seeds, cap_seeds;
	char **written; /* case files, by goal */
	bool invalid;	/* some case file is; the others are searched all the same */
};

static void stop(int signal)
{
	(void)signal;
	hunt_stop = 1;
}

/* An interruption ends the search, which tells what it has; a second one from the keyboard is as usual. */
static void catch_interrupts(void)
{
	struct sigaction again = { .sa_handler = stop, .sa_flags = SA_RESTART };
	struct sigaction once = { .sa_handler = stop, .sa_flags = (int)(SA_RESETHAND | SA_RESTART) };

	sigaction(SIGINT, &once, NULL);
	sigaction(SIGTERM, &again, NULL);
}

/* -------------------------------------------------------------- inputs -- */

static void read_seeds(struct fuzzer *fuzzer, const char *path)
{
	struct seccomp_data data;
	struct records records;
	int r;

	if (records_open(path, &fuzzer->diags, &records) < 0)
		return;
	while ((r = records_next(&records, &data)) != 0) {
		if (r < 0)
			continue;
		fuzzer->seeds = arena_grow(&fuzzer->goals.arena, fuzzer->seeds, fuzzer->n_seeds,
					   &fuzzer->cap_seeds, sizeof(data));
		fuzzer->seeds[fuzzer->n_seeds++] = data;
	}
	records_close(&records);
}

static void read_cases(struct fuzzer *fuzzer, struct case_stack *stack)
{
	const struct fuzz_options *options = fuzzer->options;
	const struct selection all = { .shards = 0 };

	for (size_t i = 0; i < options->cases.n; i++)
		path_list_add(&fuzzer->paths, options->cases.items[i], &fuzzer->diags);
	case_files_read(&fuzzer->files, (const char *const *)fuzzer->paths.items, fuzzer->paths.n,
			options->jobs);
	for (size_t i = 0; i < fuzzer->files.n; i++) {
		diags_print(&fuzzer->files.files[i]->diags, stderr, diag_colour(stderr));
		fuzzer->invalid |= fuzzer->files.files[i]->invalid;
	}
	select_cases(&fuzzer->files, &all, &fuzzer->chosen);
	goals_add_cases(&fuzzer->goals, fuzzer->chosen.cases, fuzzer->chosen.n, stack);
}

static void add_goals(struct fuzzer *fuzzer)
{
	const struct fuzz_options *options = fuzzer->options;
	struct goals *goals = &fuzzer->goals;
	struct case_stack *stack = NULL, *other = NULL;

	if (options->sources.n)
		stack = goals_stack(goals, &options->sources, &fuzzer->diags);
	if (options->against.n && stack)
		other = goals_stack(goals, &options->against, &fuzzer->diags);
	if (options->cases.n)
		read_cases(fuzzer, stack);
	if (options->seeds)
		read_seeds(fuzzer, options->seeds);
	if (!stack)
		return;
	for (size_t i = 0; i < options->finds.n; i++)
		goals_add_find(goals, options->finds.items[i], stack, &fuzzer->diags);
	if (other)
		goals_add(goals, GOAL_SAME, stack, other);
	if (options->engine)
		goals_add(goals, GOAL_ENGINE, stack, NULL);
	if (options->kernel == KERNEL_WANTED || options->kernel == KERNEL_REQUIRED)
		goals_add(goals, GOAL_KERNEL, stack, NULL);
}

/* ------------------------------------------------------------- results -- */

static void write_findings(struct fuzzer *fuzzer)
{
	const struct hunt *hunt = &fuzzer->hunt;

	fuzzer->written = calloc(fuzzer->goals.n + 1, sizeof(*fuzzer->written));
	if (!fuzzer->written)
		out_of_memory();
	for (size_t i = 0; i < fuzzer->goals.n && fuzzer->options->folder; i++)
		if (hunt->states[i].status == HUNT_FOUND)
			finding_write(fuzzer->options->folder, &fuzzer->goals.items[i], &hunt->states[i],
				      i + 1, &fuzzer->diags, &fuzzer->written[i]);
}

/* Whether something was to be proved, and is not known now. */
static bool unanswered(const struct fuzzer *fuzzer)
{
	const struct hunt *hunt = &fuzzer->hunt;

	for (size_t i = 0; i < fuzzer->goals.n; i++)
		if (hunt->states[i].status == HUNT_SPENT && !fuzzer->options->no_proof &&
		    !fuzzer->goals.items[i].unproved)
			return true;
	return false;
}

static int status_of(const struct fuzzer *fuzzer)
{
	const struct hunt *hunt = &fuzzer->hunt;

	for (size_t i = 0; i < fuzzer->goals.n; i++)
		if (hunt->states[i].status == HUNT_FOUND && fuzzer->goals.items[i].kind == GOAL_KERNEL)
			return EXIT_DISAGREE;
	if (hunt_count(hunt, HUNT_FOUND))
		return EXIT_FAILED;
	if (hunt_count(hunt, HUNT_UNASKED) &&
	    (fuzzer->options->kernel == KERNEL_REQUIRED || fuzzer->goals.n == 1))
		return EXIT_NO_ANSWER;
	return unanswered(fuzzer) ? EXIT_NO_ANSWER : EXIT_PASSED;
}

static int search(struct fuzzer *fuzzer)
{
	const struct fuzz_options *options = fuzzer->options;
	struct hunt *hunt = &fuzzer->hunt;

	*hunt = (struct hunt){ .goals = &fuzzer->goals };
	hunt->opts = (struct hunt_opts){
		.seed = options->seed,
		.runs = options->runs,
		.ms = options->runs || options->ms ? options->ms : FUZZ_DEFAULT_MS,
		.jobs = options->jobs,
		.no_proof = options->no_proof,
		.progress = options->progress,
		.seeds = fuzzer->seeds,
		.n_seeds = fuzzer->n_seeds,
	};
	catch_interrupts();
	hunt_run(hunt);
	write_findings(fuzzer);
	if (options->json)
		hunt_report_json(hunt, fuzzer->written, stdout);
	else
		hunt_report_text(hunt, fuzzer->written, stdout, diag_colour(stdout));
	if (hunt->why_not) {
		flush_output();
		fprintf(stderr, "verdict fuzz: the kernel cannot be asked: %s\n", hunt->why_not);
	}
	int status = status_of(fuzzer);
	for (size_t i = 0; i < fuzzer->goals.n; i++)
		free(fuzzer->written[i]);
	free(fuzzer->written);
	hunt_done(hunt);
	return status;
}

static int fuzz_records(const struct fuzz_options *options)
{
	struct fuzzer fuzzer = { .options = options };
	int status = EXIT_INVALID;

	diags_init(&fuzzer.diags);
	goals_init(&fuzzer.goals);
	add_goals(&fuzzer);
	if (!fuzzer.diags.errors && !fuzzer.invalid && !fuzzer.goals.n)
		usage_error(&cmd_fuzz, "the case files hold no claim that can be searched");
	else if (fuzzer.goals.n && !fuzzer.diags.errors)
		status = search(&fuzzer);
	flush_output();
	diags_print(&fuzzer.diags, stderr, diag_colour(stderr));
	if ((fuzzer.diags.errors || fuzzer.invalid) && status != EXIT_DISAGREE)
		status = EXIT_INVALID;
	diags_done(&fuzzer.diags);
	goals_done(&fuzzer.goals);
	if (options->cases.n) {
		chosen_done(&fuzzer.chosen);
		case_files_done(&fuzzer.files);
	}
	path_list_done(&fuzzer.paths);
	return status;
}

/* ------------------------------------------------------------ programs -- */

static int fuzz_programs(const struct fuzz_options *options)
{
	struct programs programs = { .opts = { .seed = options->seed,
					       .runs = options->runs,
					       .ms = options->runs || options->ms ? options->ms
										  : FUZZ_DEFAULT_MS,
					       .jobs = options->jobs,
					       .kernel = options->kernel != KERNEL_NEVER,
					       .progress = options->progress } };
	int status = EXIT_PASSED;
	struct diags diags;

	diags_init(&diags);
	catch_interrupts();
	programs_run(&programs);
	for (size_t i = 0; i < programs.n_findings; i++) {
		bool kernel = check_infos[programs.findings[i].disagreement.check].kernel;
		if (options->folder)
			programs_write(&programs.findings[i], options->folder, i + 1, &diags);
		status = kernel || status == EXIT_DISAGREE ? EXIT_DISAGREE : EXIT_FAILED;
	}
	if (status == EXIT_PASSED && !programs.asked_kernel && options->kernel == KERNEL_REQUIRED)
		status = EXIT_NO_ANSWER;
	if (options->json)
		programs_report_json(&programs, stdout);
	else
		programs_report_text(&programs, stdout, diag_colour(stdout));
	programs_done(&programs);
	flush_output();
	diags_print(&diags, stderr, diag_colour(stderr));
	if (diags.errors && status != EXIT_DISAGREE)
		status = EXIT_INVALID;
	diags_done(&diags);
	return status;
}

static int run(int argc, char **argv)
{
	struct fuzz_options options;
	int status = fuzz_options_read(&options, argc, argv);

	if (status == OPTION_END)
		status = options.programs ? fuzz_programs(&options) : fuzz_records(&options);
	fuzz_options_done(&options);
	return status;
}

const struct command cmd_fuzz = {
	.name = "fuzz",
	.summary = "searches for a record that breaks a claim about a stack",
	.help = fuzz_help,
	.options = fuzz_specs,
	.run = run,
};
