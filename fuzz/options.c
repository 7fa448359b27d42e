/* SPDX-License-Identifier: MIT */
#include "fuzz/options.h"
#include "cases/parallel.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 1024

enum {
	OPT_CASES = 1,
	OPT_FIND,
	OPT_AGAINST,
	OPT_ENGINE,
	OPT_PROGRAMS,
	OPT_KERNEL,
	OPT_SEED,
	OPT_RUNS,
	OPT_TIME,
	OPT_JOBS,
	OPT_NO_PROOF,
	OPT_SEEDS,
	OPT_OUTPUT,
	OPT_FORMAT,
};

const struct option_spec fuzz_specs[] = {
	{ "cases", 'c', OPTION_VALUE, OPT_CASES },
	{ "find", 0, OPTION_VALUE, OPT_FIND },
	{ "against", 'a', OPTION_VALUE, OPT_AGAINST },
	{ "engine", 0, OPTION_FLAG, OPT_ENGINE },
	{ "programs", 0, OPTION_FLAG, OPT_PROGRAMS },
	{ "kernel", 0, OPTION_OPTIONAL, OPT_KERNEL },
	{ "seed", 's', OPTION_VALUE, OPT_SEED },
	{ "runs", 'n', OPTION_VALUE, OPT_RUNS },
	{ "time", 't', OPTION_VALUE, OPT_TIME },
	{ "jobs", 'j', OPTION_VALUE, OPT_JOBS },
	{ "no-proof", 0, OPTION_FLAG, OPT_NO_PROOF },
	{ "seeds", 0, OPTION_VALUE, OPT_SEEDS },
	{ "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ NULL, 0, OPTION_FLAG, 0 },
};

const char fuzz_help[] = "usage: verdict fuzz [OPTIONS] SOURCE... GOAL...\n"
			 "       verdict fuzz [OPTIONS] --cases FILE\n"
			 "       verdict fuzz [OPTIONS] --programs\n"
			 "\n"
			 "Searches for a record that breaks a claim about a stack of filters. The prover\n"
			 "is asked first; what it cannot answer is searched, with records made of what the\n"
			 "programs compare with, and led by the ways through them that were not taken yet.\n"
			 "\n"
			 "What is searched for, one or several:\n"
			 "  -c, --cases FILE     what breaks a case of this file or folder; with sources\n"
			 "                       the claims are about their stack, not the cases' own\n"
			 "      --find PREDICATE a record that meets it. ret.action, ret.data and ret are\n"
			 "                       what the stack decides; nr, arch, ip, arg0 to arg5 and\n"
			 "                       their .lo and .hi are the record's words\n"
			 "  -a, --against SOURCE what another stack (repeatable, oldest first) decides\n"
			 "                       differently\n"
			 "      --kernel[=WHEN]  what the running kernel decides differently from the\n"
			 "                       machine: auto (when it can be asked), require, never\n"
			 "      --engine         what the fast engine decides differently from the machine\n"
			 "      --programs       faults in verdict, without sources: random programs and\n"
			 "                       stacks are checked, run, disassembled, assembled, put\n"
			 "                       into the fast engine, proved, and put into the running\n"
			 "                       kernel (--kernel, auto when left out). Any two readings\n"
			 "                       that disagree are a finding, with the programs\n"
			 "\n"
			 "  -t, --time SECONDS   search so long; 10 without --time and --runs\n"
			 "  -n, --runs N         judge so many records, all claims together; 10M is ten\n"
			 "                       million. With --programs: make so many programs\n"
			 "  -s, --seed N         the same number finds the same with the same --runs,\n"
			 "                       whatever --jobs is; 1 when left out\n"
			 "  -j, --jobs N         threads; the number of CPUs when left out\n"
			 "      --no-proof       do not ask the prover\n"
			 "      --seeds FILE     records to begin with, text or binary, as eval has them\n"
			 "  -o, --output FOLDER  write what is found as case files that fail\n"
			 "  -f, --format FORMAT  pretty (default) or json\n"
			 "\n"
			 "  verdict fuzz policy.bpf --find \\\n"
			 "    'nr == x86_64.ioctl && arg1.lo == TIOCSTI && ret.action == ALLOW'\n"
			 "\n"
			 "What is found is made small: as few bits and as small values as break the claim,\n"
			 "with the nearest record for which it holds.\n"
			 "\n"
			 "Exit status: 0 nothing was found, 1 something was, 2 usage or invalid input, 3\n"
			 "nothing was found and the prover had no answer, or the kernel cannot be asked, 4\n"
			 "machine and kernel disagree. Without proofs (--no-proof, --engine, --kernel) a\n"
			 "search that ends with nothing found is 0.\n";

/* Digits, and k, M or G behind them. */
static bool read_number(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0, unit = 1;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (value > (max - (uint64_t)(*text - '0')) / 10)
			return false;
		value = 10 * value + (uint64_t)(*text - '0');
	}
	if (*text)
		unit = *text == 'k' ? 1000 : *text == 'M' ? 1000000 : *text == 'G' ? 1000000000 : 0;
	if (!unit || (*text && text[1]) || value > max / unit)
		return false;
	*ret_value = value * unit;
	return true;
}

static int bad_value(const char *name, const char *what, const char *value)
{
	return usage_error(&cmd_fuzz, "--%s takes %s, not '%s'", name, what, value);
}

static int read_kernel(struct fuzz_options *options, const char *value)
{
	static const char *const words[] = { "never", "auto", "require" };

	for (int i = 0; i < 3; i++)
		if (!strcmp(value ? value : "auto", words[i])) {
			options->kernel = KERNEL_NEVER + i;
			return 0;
		}
	return bad_value("kernel", "auto, require or never", value);
}

static int read_time(struct fuzz_options *options, const char *value)
{
	char *end;
	double seconds = strtod(value, &end);

	if (*value < '0' || *value > '9' || *end || !(seconds >= 0.001 && seconds <= 1000000))
		return bad_value("time", "seconds, 0.001 to 1000000", value);
	options->ms = (unsigned)(seconds * 1000);
	return 0;
}

static int read_jobs(struct fuzz_options *options, const char *value)
{
	uint64_t jobs;

	if (!read_number(value, JOBS_MAX, &jobs) || !jobs)
		return bad_value("jobs", "a number from 1 to 1024", value);
	options->jobs = (unsigned)jobs;
	return 0;
}

struct reading {
	struct fuzz_options *options;
	struct diags diags;
};

static int take_option(void *userdata, int id, const char *value)
{
	struct reading *reading = userdata;
	struct fuzz_options *options = reading->options;

	switch (id) {
	case OPT_CASES:
		selection_add(&options->cases, value);
		return 0;
	case OPT_FIND:
		selection_add(&options->finds, value);
		return 0;
	case OPT_AGAINST:
		source_list_add(&options->against, value, &reading->diags);
		return 0;
	case OPT_ENGINE:
		options->engine = true;
		return 0;
	case OPT_PROGRAMS:
		options->programs = true;
		return 0;
	case OPT_NO_PROOF:
		options->no_proof = true;
		return 0;
	case OPT_SEEDS:
		options->seeds = value;
		return 0;
	case OPT_OUTPUT:
		options->folder = value;
		return 0;
	case OPT_KERNEL:
		return read_kernel(options, value);
	case OPT_TIME:
		return read_time(options, value);
	case OPT_FORMAT:
		return option_json(&cmd_fuzz, value, &options->json);
	case OPT_JOBS:
		return read_jobs(options, value);
	case OPT_SEED:
		return read_number(value, UINT64_MAX, &options->seed) ? 0
								      : bad_value("seed", "a number", value);
	case OPT_RUNS:
		return read_number(value, UINT64_MAX, &options->runs) && options->runs
			       ? 0
			       : bad_value("runs", "a number of records, 10M for instance", value);
	default:
		source_list_add(&options->sources, value, &reading->diags);
		return 0;
	}
}

/* Whether the goals have what they need: OPTION_END, or the status to exit with. */
static int check(const struct fuzz_options *options)
{
	bool of_stack = options->finds.n || options->against.n || options->engine ||
			options->kernel > KERNEL_NEVER;

	if (options->programs) {
		if (options->sources.n || options->cases.n || options->finds.n || options->against.n ||
		    options->engine)
			return usage_error(&cmd_fuzz,
					   "--programs makes its own filters, and has no other goals");
		if (options->seeds || options->no_proof)
			return usage_error(&cmd_fuzz,
					   "--programs makes its own records, and proves: leave --%s out",
					   options->seeds ? "seeds" : "no-proof");
		return OPTION_END;
	}
	if (of_stack && !options->sources.n)
		return usage_error(&cmd_fuzz, "which filter? Name its file or folder");
	if (!of_stack && !options->cases.n)
		return usage_error(&cmd_fuzz,
				   "what is to be found? Give --cases, --find, --against, --kernel, "
				   "--engine or --programs");
	return OPTION_END;
}

int fuzz_options_read(struct fuzz_options *options, int argc, char **argv)
{
	struct reading reading = { .options = options };

	*options = (struct fuzz_options){ .seed = 1,
					  .jobs = parallel_cpus(JOBS_MAX),
					  .progress = isatty(STDERR_FILENO) };
	diags_init(&reading.diags);
	int status = options_read(&cmd_fuzz, argc, argv, take_option, &reading, NULL);
	diags_print(&reading.diags, stderr, diag_colour(stderr));
	if (status == OPTION_END && reading.diags.errors)
		status = EXIT_INVALID;
	diags_done(&reading.diags);
	return status == OPTION_END ? check(options) : status;
}

void fuzz_options_done(struct fuzz_options *options)
{
	source_list_done(&options->sources);
	source_list_done(&options->against);
	free((void *)options->cases.items);
	free((void *)options->finds.items);
}
