/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/lint/off.h"
#include "loader/lint/report.h"
#include "loader/source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct command cmd_lint;

enum { OPT_RULE = 1, OPT_DISABLE, OPT_CONFIG, OPT_FORMAT, OPT_LIST, OPT_EXPLAIN, OPT_SUMMARY, OPT_BUDGET };

static const struct option_spec specs[] = {
	{ "rule", 'r', OPTION_VALUE, OPT_RULE },
	{ "disable", 'd', OPTION_VALUE, OPT_DISABLE },
	{ "config", 'c', OPTION_VALUE, OPT_CONFIG },
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ "list", 0, OPTION_FLAG, OPT_LIST },
	{ "explain", 0, OPTION_VALUE, OPT_EXPLAIN },
	{ "summary", 0, OPTION_FLAG, OPT_SUMMARY },
	{ "budget", 0, OPTION_VALUE, OPT_BUDGET },
	{ NULL, 0, OPTION_FLAG, 0 },
};

#define QUESTION_MS 5000
#define TOTAL_MS 60000

struct linter {
	uint32_t only, disabled; /* of --rule and --disable */
	const char *config;
	bool json, summary;
	struct lint_opts opts;
	const char **specs; /* the sources, as named */
	size_t n;
	struct diags diags;
	size_t findings, unknown;
};

static int rule_named(const char *name)
{
	const char *known[LINT_RULES], *near;
	int rule = lint_rule_by_id(name, strlen(name));

	if (rule >= 0)
		return rule;
	for (int i = 0; i < LINT_RULES; i++)
		known[i] = lint_rules[i].id;
	if (vd_near(name, strlen(name), known, LINT_RULES, &near, 1))
		usage_error(&cmd_lint, "there is no rule '%s'; did you mean '%s'?", name, near);
	else
		usage_error(&cmd_lint, "there is no rule '%s'; --list has them all", name);
	return -1;
}

static int explain(const char *name)
{
	int rule = rule_named(name);

	if (rule < 0)
		return EXIT_INVALID;
	lint_print_rule(&lint_rules[rule], stdout);
	return OPTION_HELP;
}

static int set_rule(uint32_t *rules, const char *name)
{
	int rule = rule_named(name);

	if (rule < 0)
		return EXIT_INVALID;
	*rules |= LINT_BIT(rule);
	return 0;
}

static int set_budget(struct linter *linter, const char *text)
{
	unsigned ms;

	if (option_budget(&cmd_lint, text, &ms))
		return EXIT_INVALID;
	linter->opts.total_ms = ms;
	if (ms < linter->opts.question_ms)
		linter->opts.question_ms = ms;
	return 0;
}

static int take_option(void *userdata, int id, const char *value)
{
	struct linter *linter = userdata;

	switch (id) {
	case OPTION_OPERAND:
		linter->specs[linter->n++] = value;
		return 0;
	case OPT_RULE:
		return set_rule(&linter->only, value);
	case OPT_DISABLE:
		return set_rule(&linter->disabled, value);
	case OPT_CONFIG:
		linter->config = value;
		return 0;
	case OPT_FORMAT:
		return option_json(&cmd_lint, value, &linter->json);
	case OPT_SUMMARY:
		linter->summary = true;
		return 0;
	case OPT_BUDGET:
		return set_budget(linter, value);
	case OPT_LIST:
		lint_print_list(stdout);
		return OPTION_HELP;
	default:
		return explain(value);
	}
}

static int read_args(struct linter *linter, int argc, char **argv)
{
	int status = options_read(&cmd_lint, argc, argv, take_option, linter, NULL);

	if (status != OPTION_END)
		return status;
	if (!linter->n)
		return no_source(&cmd_lint, "");
	if (linter->summary && linter->json)
		return usage_error(&cmd_lint, "--summary is a table: it goes without --format json");
	return OPTION_END;
}

static void report(struct linter *linter, const struct lint *lint, const char *name)
{
	for (size_t i = 0; i < lint->n; i++)
		*(lint->findings[i].known ? &linter->findings : &linter->unknown) += 1;
	if (linter->summary)
		lint_print_summary(lint, name, stdout);
	else if (linter->json)
		lint_print_json(lint, stdout);
	else
		lint_print(lint, stdout, diag_colour(stdout));
}

static void lint_stack_of(struct linter *linter, const struct source_list *sources,
			  const struct filter_stack *stack, const char *name)
{
	const char **names = calloc(stack->n ? stack->n : 1, sizeof(*names));
	struct lint lint = { .n = 0 };
	int r = names ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < stack->n; i++)
		names[i] = source_list_program(sources, i)->path;
	if (r == 0) {
		r = lint_run(stack->stack, names, &linter->opts, &lint);
		if (r == 0)
			report(linter, &lint, name);
		lint_done(&lint);
	}
	if (r < 0)
		diag_file_error(&linter->diags, name, "out of memory");
	free(names);
}

/* n sources, one stack. */
static void lint_sources(struct linter *linter, const char **sources, size_t n, const char *name)
{
	struct source_list list = { .n = 0 };
	struct filter_stack stack = { .n = 0 };
	size_t errors = linter->diags.errors;

	for (size_t i = 0; i < n; i++)
		source_list_add(&list, sources[i], &linter->diags);
	if (linter->diags.errors == errors && source_list_stack(&list, &linter->diags, &stack) == 0)
		lint_stack_of(linter, &list, &stack, name);
	filter_stack_done(&stack);
	source_list_done(&list);
}

/* The last part of a path, without what follows its first dot. */
static void short_name(const char *spec, char *buf, size_t size)
{
	size_t len = strlen(spec);

	while (len > 1 && spec[len - 1] == '/')
		len--;
	size_t start = len;
	while (start && spec[start - 1] != '/')
		start--;
	snprintf(buf, size, "%.*s", (int)(len - start), spec + start);
}

static void summarise(struct linter *linter)
{
	char name[256];

	lint_print_summary_head(stdout);
	for (size_t i = 0; i < linter->n; i++) {
		short_name(linter->specs[i], name, sizeof(name));
		lint_sources(linter, &linter->specs[i], 1, name);
	}
}

static int status_of(const struct linter *linter)
{
	if (linter->diags.errors)
		return EXIT_INVALID;
	return linter->findings ? EXIT_FAILED : linter->unknown ? EXIT_NO_ANSWER : EXIT_PASSED;
}

static int run(int argc, char **argv)
{
	struct linter linter = { .opts = { .question_ms = QUESTION_MS, .total_ms = TOTAL_MS } };
	int status = EXIT_INVALID;

	diags_init(&linter.diags);
	linter.specs = calloc((size_t)argc + 1, sizeof(*linter.specs));
	if (!linter.specs)
		diag_file_error(&linter.diags, "lint", "out of memory");
	else
		status = read_args(&linter, argc, argv);
	if (status == OPTION_END) {
		linter.opts.rules = linter.only ? linter.only : LINT_ALL;
		if (lint_off(linter.config, &linter.diags, &linter.opts.rules) == 0) {
			linter.opts.rules &= ~linter.disabled;
			if (linter.summary)
				summarise(&linter);
			else
				lint_sources(&linter, linter.specs, linter.n, "lint");
		}
		status = status_of(&linter);
	}
	finish_diags(&linter.diags);
	free((void *)linter.specs);
	return status;
}

const struct command cmd_lint = {
	.name = "lint",
	.summary = "known holes of filters, each proved and with a record",
	.help = "usage: verdict lint [OPTIONS] SOURCE...\n"
		"       verdict lint --list | --explain RULE\n"
		"\n"
		"Looks for holes that real filters had. The sources are one stack, oldest first.\n"
		"Each finding is a proof over all records and comes with one that shows it, to be\n"
		"pasted into `verdict eval`; where the prover's budget is spent the rule is\n"
		"'unknown', never passed. A denylist is blamed for what does the same as what it\n"
		"denies, an allowlist never for what it denies by default.\n"
		"\n"
		"  -r, --rule RULE      only this rule (may be repeated)\n"
		"  -d, --disable RULE   without this rule (may be repeated)\n"
		"  -c, --config FILE    rules that are off: `disable: [RULE, ...]`, or with reasons\n"
		"                       `disable: {RULE: reason}`; without it .verdict-lint.yaml of\n"
		"                       the current folder, where there is one\n"
		"  -f, --format FORMAT  pretty (default) or json\n"
		"      --summary        each source is a stack of its own: a table, in Markdown, of\n"
		"                       the number of findings\n"
		"      --budget MS      milliseconds for each stack (default 60000)\n"
		"      --list           the rules\n"
		"      --explain RULE   what a rule finds, why it matters, how to close it\n"
		"\n"
		"  verdict lint policy.bpf\n"
		"\n"
		"Exit status: 0 no findings, 1 findings, 2 a source is invalid, 3 none, but some\n"
		"rule is unknown.\n",
	.options = specs,
	.run = run,
};
