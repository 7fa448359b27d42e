/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/expr.h"
#include "loader/show/abis.h"
#include "loader/show/as_rules.h"
#include "loader/show/show.h"
#include "loader/source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct command cmd_show;

enum { OPT_ABI = 1, OPT_ABIS, OPT_BUDGET, OPT_FORMAT, OPT_RULES, OPT_SYSCALL };

static const struct option_spec specs[] = {
	{ "abi", 'a', OPTION_VALUE, OPT_ABI },
	{ "abis", 0, OPTION_FLAG, OPT_ABIS },
	{ "budget", 0, OPTION_VALUE, OPT_BUDGET },
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ "rules", 0, OPTION_FLAG, OPT_RULES },
	{ "syscall", 's', OPTION_VALUE, OPT_SYSCALL },
	{ NULL, 0, OPTION_FLAG, 0 },
};

struct shower {
	bool as_json, abis, rules;
	bool wanted[VD_ABI_COUNT]; /* ABIs asked for */
	bool restricted;	   /* some are */
	const char *syscall;
	unsigned ms; /* what a question may cost; 0: the default */
	struct source_list sources;
	struct filter_stack stack;
	char **names; /* paths of the filters; borrowed */
	struct diags diags;
};

static int add_abi(struct shower *shower, const char *name)
{
	int abi, status = option_abi(&cmd_show, name, &abi);

	if (!status)
		shower->wanted[abi] = shower->restricted = true;
	return status;
}

static int set_syscall(struct shower *shower, const char *name)
{
	if (shower->syscall)
		return usage_error(&cmd_show, "--syscall is given twice");
	shower->syscall = name;
	return 0;
}

static int take_option(void *userdata, int id, const char *value)
{
	struct shower *shower = userdata;

	switch (id) {
	case OPT_ABI:
		return add_abi(shower, value);
	case OPT_ABIS:
		shower->abis = true;
		return 0;
	case OPT_RULES:
		shower->rules = true;
		return 0;
	case OPT_BUDGET:
		return option_budget(&cmd_show, value, &shower->ms);
	case OPT_SYSCALL:
		return set_syscall(shower, value);
	case OPT_FORMAT:
		return option_json(&cmd_show, value, &shower->as_json);
	default:
		source_list_add(&shower->sources, value, &shower->diags);
		return 0;
	}
}

static int read_args(struct shower *shower, int argc, char **argv)
{
	int status = options_read(&cmd_show, argc, argv, take_option, shower, NULL);

	if (status != OPTION_END)
		return status;
	if (!shower->sources.n && !shower->diags.errors)
		return no_source(&cmd_show, "");
	if (shower->abis && (shower->syscall || shower->restricted))
		return usage_error(&cmd_show, "--abis is about all ABIs and calls: leave --%s out",
				   shower->syscall ? "syscall" : "abi");
	if (shower->rules && (shower->abis || shower->syscall || shower->restricted || shower->as_json))
		return usage_error(&cmd_show, "--rules is about the whole stack: leave --%s out",
				   shower->abis	     ? "abis"
				   : shower->syscall ? "syscall"
				   : shower->as_json ? "format"
						     : "abi");
	return OPTION_END;
}

static int take_names(struct shower *shower)
{
	shower->names = calloc(shower->stack.n + 1, sizeof(*shower->names));
	if (!shower->names) {
		diag_file_error(&shower->diags, "stack", "out of memory");
		return -1;
	}
	for (size_t i = 0; i < shower->stack.n; i++)
		shower->names[i] = source_list_program(&shower->sources, i)->path;
	return 0;
}

static void collect(struct shower *shower, struct show *show, struct sections *sections)
{
	*sections = (struct sections){ 0 };
	if (!shower->restricted) {
		show_collect(show);
		sections_make(show, sections);
		return;
	}
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct vd_abi_info *info = vd_abi_info(abi);

		if (!shower->wanted[abi])
			continue;
		if (abi != VD_ABI_X32 || !shower->wanted[VD_ABI_X86_64])
			show_collect_word(show, info->audit_arch, info->big_endian);
	}
	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		if (shower->wanted[abi])
			section_of_abi(show, abi, sections);
}

/* The number of the call in each section. -1: none has it (diagnosed). */
static int find_call(struct shower *shower, const struct sections *sections, struct show_call *call)
{
	struct text text;
	int found = -1;

	if (text_from("--syscall", call->name, strlen(call->name), &text) < 0) {
		diag_file_error(&shower->diags, "--syscall", "out of memory");
		return -1;
	}
	struct span span = span_all(&text);
	for (size_t i = 0; i < sections->n; i++) {
		int abi = sections->items[i].abi;

		call->there[i] = expr_syscall(&span, abi, NULL, &call->nrs[i]) == 0 &&
				 abi_has_number(abi, call->nrs[i]);
		if (call->there[i])
			found = 0;
	}
	uint32_t nr;
	if (found < 0 && expr_syscall(&span, sections->items[0].abi, &shower->diags, &nr) == 0)
		diag_error(&shower->diags, &span, "none of the ABIs shown has this call");
	text_done(&text);
	return found;
}

static void print(struct shower *shower, struct show *show, const struct sections *sections,
		  const struct show_call *call)
{
	if (shower->as_json)
		show_json(show, sections, call, shower->names, stdout);
	else
		show_text(show, sections, call, stdout);
}

static int show_policy(struct shower *shower)
{
	int status;

	struct show_call call = { .name = shower->syscall };
	struct sections sections;
	struct show show;

	show_init(&show, shower->stack.stack, shower->ms);
	collect(shower, &show, &sections);
	if (!show.error && !shower->syscall) {
		print(shower, &show, &sections, NULL);
	} else if (!show.error) {
		call.nrs = arena_alloc(&show.arena, sections.n * sizeof(*call.nrs));
		call.there = arena_alloc(&show.arena, sections.n * sizeof(*call.there));
		if (find_call(shower, &sections, &call) == 0)
			print(shower, &show, &sections, &call);
	}
	if (show.error)
		diag_file_error(&shower->diags, "show",
				"the machine does not confirm a proof: please report this");
	status = show_exact(&show) ? EXIT_PASSED : EXIT_NO_ANSWER;
	show_done(&show);
	return status;
}

static int show_rules(struct shower *shower)
{
	const char *names = "";
	struct show show;
	char *text;

	show_init(&show, shower->stack.stack, shower->ms);
	show_collect(&show);
	for (size_t i = 0; i < shower->sources.n; i++)
		names = arena_printf(&show.arena, "%s%s%s", names, i ? " " : "",
				     shower->sources.items[i].name);
	int r = as_rules(&show, names, &shower->diags, &text);
	if (r == 0)
		fputs(text, stdout);
	free(r == 0 ? text : NULL);
	show_done(&show);
	return r == 0 ? EXIT_PASSED : EXIT_NO_ANSWER;
}

static int show_abis(struct shower *shower)
{
	struct abis_report report;
	int status;

	if (abis_make(&report, &shower->sources, &shower->stack, shower->names, shower->ms, &shower->diags) <
	    0)
		return EXIT_INVALID;
	if (shower->as_json)
		abis_json(&report, stdout);
	else
		abis_text(&report, stdout);
	status = abis_partial(&report)		 ? EXIT_FAILED
		 : matrix_proved(&report.matrix) ? EXIT_PASSED
						 : EXIT_NO_ANSWER;
	abis_done(&report);
	return status;
}

static int show_all(struct shower *shower)
{
	int status = EXIT_PASSED;

	if (source_list_stack(&shower->sources, &shower->diags, &shower->stack) < 0 || take_names(shower) < 0)
		return EXIT_INVALID;
	if (shower->rules)
		return show_rules(shower);
	if (shower->abis)
		status = show_abis(shower);
	else
		status = show_policy(shower);
	return shower->diags.errors ? EXIT_INVALID : status;
}

static int run(int argc, char **argv)
{
	struct shower shower = { 0 };

	diags_init(&shower.diags);
	int status = read_args(&shower, argc, argv);
	if (status == OPTION_END)
		status = shower.diags.errors ? EXIT_INVALID : show_all(&shower);
	finish_diags(&shower.diags);
	filter_stack_done(&shower.stack);
	free(shower.names);
	source_list_done(&shower.sources);
	return status;
}

const struct command cmd_show = {
	.name = "show",
	.summary = "the policy: each ABI's calls by verdict, conditions on arguments",
	.help = "usage: verdict show [OPTIONS] SOURCE...\n"
		"       verdict show --rules SOURCE...\n"
		"       verdict show --abis [--format FORMAT] SOURCE...\n"
		"\n"
		"Prints what a stack of filters (the sources, oldest first) does with every\n"
		"system call of every ABI that the filters know, and with all other archs:\n"
		"\n"
		"  verdict show policy.bpf\n"
		"  verdict show --syscall clone --abi i386 oci:default.json\n"
		"\n"
		"Calls are grouped by verdict. The default, told first, is what numbers get that\n"
		"no call has yet; where it is what most calls get they are not listed.\n"
		"463.. is 463 and all numbers after it. Where the verdict depends on arguments\n"
		"the conditions are expressions over arg0 to arg5 (64 bits, unsigned), their\n"
		"halves arg0.lo and arg0.hi, and ip, which rules (verdict help rules) take back;\n"
		"where numbers without a name differ bit by bit, over nr too. All of this is\n"
		"exact: it was decided for every record, by proof. What is not is said to be\n"
		"`not known` (the budget is spent) or `abridged`, and makes the exit status 3.\n"
		"\n"
		"  -a, --abi NAME       only this ABI (may be given several times)\n"
		"  -s, --syscall NAME   only this call: a name or a number\n"
		"      --rules          as one rules: source, which is read back and proved to\n"
		"                       decide the same for every record before it is printed\n"
		"      --abis           what takes effect on which ABI: see below\n"
		"  -f, --format FORMAT  pretty (default) or json\n"
		"      --budget MS      milliseconds that a question may take (10,000); what it\n"
		"                       does not suffice for is asked in parts; the rules of a\n"
		"                       source have it together\n"
		"\n"
		"JSON: {\"archs\": [A...], \"complete\": true}. A: \"arch\" (an ABI's name, or null for\n"
		"other archs), \"audit_archs\" ([{\"first\", \"last\"}]: the words it is about),\n"
		"\"groups\". A group: \"default\", \"complete\" (false: not known, or a condition is\n"
		"abridged), \"outcomes\", \"syscalls\" (names), \"numbers\" ([{\"first\", \"last\"}]: raw\n"
		"numbers without a name). An outcome: \"when\" (the condition; null: otherwise, or\n"
		"always), \"exact\" (of the condition), \"verdict\", and \"record\", a call that gets\n"
		"it (null: none is at hand). With --syscall an A has \"syscall\", \"complete\" and\n"
		"\"outcomes\" in place of groups.\n"
		"\n"
		"--abis prints a table of the filters and the ABIs: which filter decides any\n"
		"call there, which is proved over all records. For sources compiled from rules (oci:, "
		"rules:) it also says of\n"
		"every rule and every ABI whether the compiled filter does what the rules say.\n"
		"Each source alone: for the records that a rule decides the filter is proved to\n"
		"give the rule's action. Rules and filter are also both evaluated, on the\n"
		"boundary values of all rules about a call in all combinations; this is all that\n"
		"is said of what is listed as compared only, not proved:\n"
		"\n"
		"  applied      no call is decided otherwise than the rules say\n"
		"  multiplexed  the call can be made through socketcall or ipc as well, and is\n"
		"               decided in the same way there\n"
		"  partial      the call shown is decided otherwise than the rules say; or the\n"
		"               rule has conditions on arguments and the call can be made\n"
		"               through a multiplexer, where they are in memory\n"
		"  missing      the ABI has no such call\n"
		"\n"
		"The calls can be given to `verdict eval SOURCE -- CALL`.\n"
		"\n"
		"JSON of --abis: {\"filters\": [{\"filter\", \"source\", \"abis\": {ABI: \"passes\",\n"
		"\"overruled\", \"decides\", \"all\", \"kills\" or \"unknown\"}}], \"policies\":\n"
		"[{\"source\", \"proved\" (how many of the rules), \"compared\" (calls), \"left_out\"\n"
		"(combinations), \"rules\": [R...]}]}. R: \"rule\", \"line\", \"column\", \"abi\",\n"
		"\"status\", \"basis\" (of the status: \"proved\", which what is partial or missing\n"
		"is by its call; \"sampled\": compared only), \"call\", \"record\", \"verdict\" (what\n"
		"the filter says), \"meant\", \"arguments_in_memory\", \"departures\" (how many\n"
		"calls were decided otherwise).\n"
		"\n"
		"Exit status: 0; with --abis 1 when a rule is partial; 2 usage or invalid input;\n"
		"3 something is not known, or abridged.\n",
	.options = specs,
	.run = run,
};
